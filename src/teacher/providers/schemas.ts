/** JSON schemas in the smaller dialects that some servers read. */

/** Keywords of lengths and counts, which OpenAI's and Anthropic's strict schemas refuse; validation holds to them anyway. */
const BOUNDS = ['maxLength', 'minLength', 'maxItems', 'minItems', 'uniqueItems', 'minimum', 'maximum'];

/** The schema without bounds. */
export function plainSchema(schema: object): object {
  return without(schema, BOUNDS);
}

/** Gemini's subset of OpenAPI: no `additionalProperties` and no lengths of texts. */
export function openApiSchema(schema: object): object {
  return without(schema, ['additionalProperties', 'maxLength', 'minLength', 'uniqueItems']);
}

function without(value: object, keywords: readonly string[]): object {
  if (Array.isArray(value)) return value.map((item) => (isObject(item) ? without(item, keywords) : (item as unknown)));
  return Object.fromEntries(Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (keywords.includes(name)) return [];
    if (name === 'properties' && isObject(inner)) return [[name, eachOf(inner, keywords)]];
    return [[name, isObject(inner) ? without(inner, keywords) : inner]];
  }));
}

/** Property names are no keywords, whatever they are called. */
const eachOf = (properties: object, keywords: readonly string[]): object =>
  Object.fromEntries(Object.entries(properties).map(([name, inner]: [string, unknown]) => [name, isObject(inner) ? without(inner, keywords) : inner]));

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
