import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../../src/graphql/schema.js';

const schema: GraphQLSchema = createSchema();

/** Everything of the schema that people read about: `Image.similar(first:)`, and what is said of it. */
function* described(): Generator<readonly [string, string | null | undefined]> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    const isRoot = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(
      isObjectType(type) ? type : undefined,
    );
    if (!isRoot) yield [type.name, type.description];
    if (isEnumType(type)) {
      for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description];
    }
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields()))
        yield [`${type.name}.${field.name}`, field.description];
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        yield [`${type.name}.${field.name}`, field.description];
        for (const argument of field.args) {
          yield [`${type.name}.${field.name}(${argument.name}:)`, argument.description];
        }
      }
    }
  }
}

describe('the schema', () => {
  it('describes every type, field, argument, enum value and input field', () => {
    const all = [...described()];
    expect(all.length).toBeGreaterThan(150);
    expect(all.filter(([, description]) => !description?.trim()).map(([name]) => name)).toEqual([]);
  });

  it('describes its root types too', () => {
    for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
      expect([type?.name, type?.description]).toEqual([type?.name, expect.stringMatching(/\w+/)]);
    }
  });

  it('has the names that clients rely on', () => {
    const fields = (type: string) => {
      const named = getNamedType(schema.getType(type));
      return isObjectType(named) || isInputObjectType(named) ? Object.keys(named.getFields()) : [];
    };
    expect(fields('Query')).toEqual(
      expect.arrayContaining(['node', 'nodes', 'image', 'images', 'search', 'classify', 'models', 'stats']),
    );
    expect(fields('Mutation')).toEqual(expect.arrayContaining(['addImages', 'updateImage', 'deleteImages']));
    expect(fields('Subscription')).toEqual(expect.arrayContaining(['imageProcessed']));
    expect(fields('SearchQuery')).toEqual(['text', 'image', 'vector', 'prompts', 'combine']);
    expect(fields('ImageSource')).toEqual(['id', 'url', 'base64', 'upload']);
    for (const type of ['SearchQuery', 'ImageSource']) {
      const named = schema.getType(type);
      expect(isInputObjectType(named) && named.isOneOf).toBe(true);
    }
  });
});
