import { GraphQLError, GraphQLScalarType } from 'graphql';
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import UploadPromise from 'graphql-upload/Upload.mjs';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';

/** A file of a multipart request, as soon as it begins to come in. */
export type UploadedFile = FileUpload;

/** RFC 3339 in; out always in UTC with milliseconds, which is as precise as the database keeps it. */
const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  parseValue: (value) => asDate(GraphQLDateTime.parseValue(value)),
  parseLiteral: (node) => asDate(GraphQLDateTime.parseLiteral(node)),
  serialize: (value) => asDate(GraphQLDateTime.serialize(value)).toISOString(),
});

/** The promise of a file: it waits until the request's body has got that far. */
const Upload = new GraphQLScalarType<Promise<UploadedFile>, never>({
  name: 'Upload',
  parseValue(value) {
    if (value instanceof UploadPromise) return value.promise;
    throw new GraphQLError(UPLOAD_MESSAGE);
  },
  parseLiteral(node) {
    throw new GraphQLError(UPLOAD_MESSAGE, { nodes: node });
  },
  serialize() {
    throw new GraphQLError('Upload is never part of an answer.');
  },
});

const UPLOAD_MESSAGE =
  'An Upload is a variable that a multipart request over HTTP fills in ' +
  '(https://github.com/jaydenseric/graphql-multipart-request-spec). Everywhere else use `url` or `base64`.';

export const scalars = { DateTime, JSON: GraphQLJSON, Upload };

function asDate(value: unknown): Date {
  if (value instanceof Date) return value;
  throw new GraphQLError('DateTime is not an RFC 3339 date and time, such as 2026-11-23T18:20:00.000Z.');
}
