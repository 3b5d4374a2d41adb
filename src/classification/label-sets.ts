import type { LabelRow, LabelSetRow } from '../db/label-sets.js';

export type LabelSet = LabelSetRow;
export type Label = LabelRow;

/** A label as somebody wants it. */
export interface LabelInput {
  /** The label that it was until now; undefined: the one of this name, or a new one. */
  readonly id?: number | undefined;
  readonly name: string;
  /** Words for it; undefined: its name. */
  readonly prompts?: readonly string[] | undefined;
  readonly threshold?: number | null | undefined;
}

/** What a set is to be. A field that is left out of a change stays as it is. */
export interface LabelSetInput {
  readonly name?: string | undefined;
  readonly labels?: readonly LabelInput[] | undefined;
  readonly templates?: readonly string[] | undefined;
  readonly independent?: boolean | undefined;
  readonly background?: readonly string[] | undefined;
  readonly threshold?: number | null | undefined;
}

export interface InvalidLabelSet {
  readonly outcome: 'invalid';
  /** The field of the input that is wrong. */
  readonly field: string;
  readonly message: string;
}
interface NameTaken {
  readonly outcome: 'name-taken';
  readonly labelSet: LabelSet;
}
export type CreateLabelSetResult =
  { readonly outcome: 'created'; readonly labelSet: LabelSet } | NameTaken | InvalidLabelSet;
export type UpdateLabelSetResult =
  | { readonly outcome: 'updated'; readonly labelSet: LabelSet; readonly isNewVersion: boolean }
  | { readonly outcome: 'not-found' }
  | NameTaken
  | InvalidLabelSet;

/** How far the newest version of a set is. */
export interface ClassificationProgress {
  readonly labelSetId: number;
  readonly version: number;
  readonly state: 'WAITING' | 'CLASSIFYING' | 'READY' | 'FAILED';
  readonly failure: string | null;
  readonly done: number;
  readonly total: number;
  /** Null when nobody can tell. */
  readonly secondsLeft: number | null;
}

/** Sets of labels, and how far images are classified with them. */
export interface LabelSets {
  /** Classification begins in the background. */
  create(input: LabelSetInput & { readonly name: string }): Promise<CreateLabelSetResult>;
  /** Makes a new version, if anything but the name changes. */
  update(id: number, changes: LabelSetInput): Promise<UpdateLabelSetResult>;
  /** With labels, classifications and feedback. @returns whether there was one */
  delete(id: number): Promise<boolean>;
  /** One statement. Unknown ids are missing from the map. */
  byIds(ids: readonly number[]): Promise<ReadonlyMap<number, LabelSet>>;
  byName(name: string): Promise<LabelSet | undefined>;
  /** By name. @param after only those behind this name */
  list(after: string | undefined, limit: number): Promise<LabelSetPage>;
  count(): Promise<number>;
  /** The labels of the newest versions of sets, in order. One statement. */
  labelsOf(labelSetIds: readonly number[]): Promise<ReadonlyMap<number, readonly Label[]>>;
  /** Labels, as the newest version that has them defines them. One statement. */
  labels(ids: readonly number[]): Promise<ReadonlyMap<number, Label>>;
  /** One statement. */
  progress(labelSetIds: readonly number[]): Promise<ReadonlyMap<number, ClassificationProgress>>;
  /** The progress now, and again when it has changed, until the signal aborts or the set is deleted. */
  watchProgress(labelSetId: number, signal: AbortSignal): AsyncIterable<ClassificationProgress>;
}

export interface LabelSetPage {
  readonly labelSets: readonly LabelSet[];
  readonly hasNextPage: boolean;
}
