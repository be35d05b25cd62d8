// What is kept of a key is noise without its passphrase, and without the address it is for.
import { describe, expect, it } from 'vitest';
import { openText, sealText } from '../../src/store/secrets';

const key = 'sk-secret-4c1f09';
const passphrase = 'plain words in a row';
const at = 'https://api.example/v1';

describe('a sealed key', () => {
  it('opens with its passphrase, at its address', async () => {
    const sealed = await sealText(key, passphrase, at);
    expect(await openText(JSON.parse(JSON.stringify(sealed)) as typeof sealed, passphrase, at)).toBe(key);
    const kept = JSON.stringify(sealed);
    for (const text of [key, passphrase, btoa(key)]) expect(kept).not.toContain(text);
  });

  it('opens with no other, nowhere else, and not when it was changed', async () => {
    const sealed = await sealText(key, passphrase, at);
    const wrong = { code: 'secret-wrong-passphrase' };
    await expect(openText(sealed, `${passphrase} `, at)).rejects.toMatchObject(wrong);
    await expect(openText(sealed, passphrase, 'https://evil.example/v1')).rejects.toMatchObject(wrong);
    await expect(openText({ ...sealed, sealed: `${sealed.sealed[0] === 'A' ? 'B' : 'A'}${sealed.sealed.slice(1)}` }, passphrase, at)).rejects.toMatchObject(wrong);
    await expect(openText({ ...sealed, salt: '?' }, passphrase, at)).rejects.toMatchObject(wrong);
  });

  it('is another each time, and not made under a short passphrase', async () => {
    const [one, two] = [await sealText(key, passphrase, at), await sealText(key, passphrase, at)];
    expect(one.sealed).not.toBe(two.sealed);
    await expect(sealText(key, 'short', at)).rejects.toMatchObject({ code: 'secret-short-passphrase' });
  });
});
