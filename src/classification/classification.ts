/** How well a label fits an image. */
export interface LabelScore {
  readonly label: string;
  /** From 0 to 1. */
  readonly score: number;
  /** Cosine similarity of the image and the label's class embedding. */
  readonly similarity: number;
}

export interface LabelRequest {
  readonly labels: readonly string[];
  readonly templates: readonly string[];
  readonly independent: boolean;
}

/** A label with the class embedding of its prompts: unit vectors averaged and normalised again (CLIP paper, 3.1.4). */
export interface LabelEmbedding {
  readonly label: string;
  readonly embedding: Float32Array;
  /** The class embedding of "anything at all" in the same templates: what independent labels are measured against. */
  readonly background: Float32Array;
}

/** Zero-shot classification: no training, only the cosine similarity of an image and of what labels say. */
export interface Classification {
  /**
   * Encodes labels once for any number of images; texts that were ever encoded are not encoded again.
   *
   * @throws RequestError BAD_USER_INPUT for no, too many, empty or repeated labels, or a template without `{label}`
   */
  embedLabels(request: LabelRequest): Promise<readonly LabelEmbedding[]>;
  /** Scores, best first, ties in the order given. */
  score(image: Float32Array, labels: readonly LabelEmbedding[], independent: boolean): LabelScore[];
  /** The unit vector of an image file that is not stored. */
  embedImage(bytes: Uint8Array): Promise<Float32Array>;
}
