/** What the page says of a model before it is fetched is what its own files say. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/model/config';
import { configOf, knownModels } from '../../src/model/knownModels';
import { parameterCount } from '../../src/model/loadCard';
import { parseRepositoryName } from '../../src/model/repositoryName';

it.each(knownModels.map((model) => [model.title, model] as const))('%s', (_, model) => {
  const config = configOf(model);
  expect(parseRepositoryName(`hf:${model.repository}`).repository).toBe(model.repository);
  const fixture = join(import.meta.dirname, '../fixtures/configs', `${model.repository.split('/')[1]}.json`);
  if (existsSync(fixture)) expect(config).toEqual(parseConfig(readFileSync(fixture, 'utf8')));
  else expect([model.title, parameterCount(config)]).toEqual(['SmolLM2 360M', 361_821_120]);
});
