import type { ExportedImage } from '../../db/export.js';

/** The values of an exported image, under the names that all formats have. */
export function columnsOf(image: ExportedImage) {
  return {
    id: image.id,
    status: image.status,
    sha256: image.sha256,
    filename: image.filename,
    title: image.title,
    tags: image.tags,
    media_type: image.mediaType,
    width: image.width,
    height: image.height,
    byte_size: image.byteSize,
    taken_at: image.takenAt,
    latitude: image.location?.latitude ?? null,
    longitude: image.location?.longitude ?? null,
    camera: image.camera,
    created_at: image.createdAt,
    metadata: image.metadata,
    labels: image.labels,
    embedding: image.embedding === null ? null : Array.from(image.embedding),
  };
}
export type Columns = ReturnType<typeof columnsOf>;
export type ColumnName = keyof Columns;

export const COLUMN_NAMES = [
  'id',
  'status',
  'sha256',
  'filename',
  'title',
  'tags',
  'media_type',
  'width',
  'height',
  'byte_size',
  'taken_at',
  'latitude',
  'longitude',
  'camera',
  'created_at',
  'metadata',
  'labels',
  'embedding',
] as const satisfies readonly ColumnName[];
