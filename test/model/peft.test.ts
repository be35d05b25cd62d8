import { describe, expect, it } from 'vitest';
import { freshAdapter } from '../../src/model/adapter';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, adapterToFiles, readAdapter } from '../../src/model/peft';
import { memorySources } from '../../src/model/byteSource';
import { parseConfig } from '../../src/model/config';
import { writeSafetensors } from '../../src/model/safetensors';
import type { AdapterSettings } from '../../src/model/types';
import { tinyStudent } from '../train/tinyStudent';

const { config } = await tinyStudent();
const adapterFromFiles = (files: Map<string, Uint8Array>) => readAdapter(memorySources(files), config);
const settings: AdapterSettings = { rank: 3, alpha: 6, dropout: 0.1, targets: ['q_proj', 'up_proj'], rankStabilised: true };
const adapter = freshAdapter(config, settings, 9);
const files = () => adapterToFiles(adapter, config, 'tiny');
const changed = (changes: object) => {
  const found = files();
  const json = JSON.parse(new TextDecoder().decode(found.get(ADAPTER_CONFIG))) as object;
  return found.set(ADAPTER_CONFIG, new TextEncoder().encode(JSON.stringify({ ...json, ...changes })));
};

describe('a PEFT folder', () => {
  it('gives back the adapter it was made from', async () => {
    expect(await adapterFromFiles(files())).toEqual(adapter);
    const all = freshAdapter(config, { ...settings, targets: 'all-linear' }, 9);
    expect((await adapterFromFiles(adapterToFiles(all, config, 'tiny'))).params).toEqual(all.params);
  });

  it('says of GPT-2, and of no other, that its files keep matrices the other way round', async () => {
    const gpt2 = parseConfig(JSON.stringify({ model_type: 'gpt2', vocab_size: 20, n_embd: 8, n_layer: 2, n_head: 2, n_positions: 16 }));
    const fused = freshAdapter(gpt2, { ...settings, targets: ['c_attn', 'c_fc'] }, 9);
    expect(fused.params.get('transformer.h.1.attn.c_attn.lora_B.weight')?.shape).toEqual([24, 3]);
    const written = adapterToFiles(fused, gpt2, 'gpt2');
    expect(JSON.parse(new TextDecoder().decode(written.get(ADAPTER_CONFIG)))).toMatchObject({ fan_in_fan_out: true });
    expect(await readAdapter(memorySources(written), gpt2)).toEqual(fused);
    await expect(adapterFromFiles(changed({ fan_in_fan_out: true }))).rejects.toMatchObject({ code: 'adapter-unsupported' });
  });

  it('takes a pattern for targets by what the file holds, and the names of older files', async () => {
    const read = await adapterFromFiles(changed({ target_modules: '.*(q|up)_proj' }));
    expect(read.params).toEqual(adapter.params);
    const older = new Map([...adapter.params].map(([name, param]) => [`base_model.model.${name.replace('.weight', '.default.weight')}`, param]));
    expect(await adapterFromFiles(files().set(ADAPTER_WEIGHTS, writeSafetensors(older)))).toEqual(adapter);
  });

  it('starts A uniform within 1/√in and B at zero, from the seed', () => {
    const a = adapter.params.get('model.layers.0.self_attn.q_proj.lora_A.weight')?.data ?? new Float32Array();
    expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(0.25);
    expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(0.2);
    expect(freshAdapter(config, settings, 10).params).not.toEqual(adapter.params);
    for (const [name, { data }] of adapter.params) if (name.endsWith('lora_B.weight')) expect(data.every((x) => x === 0)).toBe(true);
  });

  it.each([
    ['another method', { peft_type: 'IA3' }, 'adapter-unsupported'],
    ['DoRA', { use_dora: true }, 'adapter-unsupported'],
    ['ranks by pattern', { rank_pattern: { q_proj: 8 } }, 'adapter-unsupported'],
    ['trained biases', { bias: 'all' }, 'adapter-unsupported'],
    ['a rank that is not the file’s', { r: 4 }, 'adapter-other-student'],
    ['a layer the student lacks', { target_modules: ['c_attn'] }, 'adapter-other-student'],
    ['a layer the file lacks', { target_modules: ['q_proj', 'up_proj', 'v_proj'] }, 'adapter-other-student'],
    ['fewer layers than the file has', { target_modules: ['q_proj'] }, 'adapter-other-student'],
    ['a rank of text', { r: 'many' }, 'adapter-bad-config'],
  ])('is refused with %s', async (_, changes, code) => {
    await expect(adapterFromFiles(changed(changes))).rejects.toMatchObject({ code });
  });

  it('is refused without its weights, with numbers that are not, and when it is not JSON', async () => {
    const none = files();
    none.delete(ADAPTER_WEIGHTS);
    await expect(adapterFromFiles(none)).rejects.toMatchObject({ code: 'adapter-missing-file' });
    const broken = new Map([...adapter.params].map(([name, { shape, data }]) => [`base_model.model.${name}`, { shape, data: data.map(() => NaN) }]));
    await expect(adapterFromFiles(files().set(ADAPTER_WEIGHTS, writeSafetensors(broken)))).rejects.toMatchObject({ code: 'model-bad-weights' });
    await expect(adapterFromFiles(files().set(ADAPTER_CONFIG, new Uint8Array([123])))).rejects.toMatchObject({ code: 'adapter-bad-config' });
  });
});
