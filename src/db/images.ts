/** A row of `images`, parsed. */
export interface ImageRow {
  readonly id: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
  readonly byteSize: number;
  readonly filename: string | null;
  readonly title: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: ImageStatus;
  readonly failureCode: ImageFailureCode | null;
  readonly failureMessage: string | null;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type ImageStatus = 'PENDING' | 'READY' | 'FAILED';
export type ImageFailureCode = 'UNREADABLE' | 'ORIGINAL_MISSING' | 'INTERNAL';
