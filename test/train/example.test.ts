/** What a student is shown of a question and its answer: plainly, or as its chat template has it; and what of it counts in the loss. */
import { describe, expect, it } from 'vitest';
import { memorySources } from '../../src/model/byteSource';
import { chatTemplateOf } from '../../src/model/chatTemplate';
import { openStudent } from '../../src/model/student';
import { openTokenizer } from '../../src/model/openTokenizer';
import type { Student } from '../../src/model/types';
import { encodeExample, encodePrompt, shownTokens } from '../../src/train/example';
import golden from '../golden/chatTokens.json';
import { hasSharedData, sharedFiles } from '../sharedData';
import { tinyStudent, tinyStudentFiles } from './tinyStudent';

const TURNS = "{{ bos_token }}{% for m in messages %}{{ '#' if m.role == 'user' else '=' }}{{ m.content | trim }}"
  + "{% if m.role == 'assistant' %}{{ eos_token }}{{ '\\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}={% endif %}";

function withTemplate(template: unknown): Promise<Student> {
  const config = { bos_token: '<bos>', eos_token: { content: '<eos>' }, chat_template: template };
  return openStudent('tiny', memorySources(tinyStudentFiles().set('tokenizer_config.json', new TextEncoder().encode(JSON.stringify(config)))));
}

const spell = (student: Student, ids: readonly number[]) => ids.map((id) => student.tokenizer.piece(id)).join('');

describe('a student without a template', () => {
  it('reads the question and a newline, and learns the answer and its end', async () => {
    const student = await tinyStudent();
    const { ids, lossFrom } = encodeExample(student, '1+2', '3');
    expect(spell(student, ids)).toBe('<bos>1+2\n3<eos>');
    expect(spell(student, ids.slice(lossFrom))).toBe('3<eos>');
  });
});

describe('a student with a template', () => {
  it('reads its own layout, and learns the answer up to its end and nothing after', async () => {
    const student = await withTemplate(TURNS);
    expect(spell(student, encodePrompt(student, ' 1+2 '))).toBe('<bos>#1+2=');
    const { ids, lossFrom } = encodeExample(student, '1+2', '3');
    expect(spell(student, ids)).toBe('<bos>#1+2=3<eos>');
    expect(lossFrom).toBe(6);
    expect(shownTokens(student, { ids, lossFrom })).toEqual([
      ...['<bos>', '#', '1', '+', '2', '='].map((text) => ({ text, learned: false })), { text: '3', learned: true }, { text: '<eos>', learned: true },
    ]);
  });

  it('takes the default of several templates', async () => {
    const student = await withTemplate([{ name: 'tool_use', template: 'x' }, { name: 'default', template: TURNS }]);
    expect(spell(student, encodePrompt(student, '7'))).toBe('<bos>#7=');
  });

  it('is refused in a sentence when the template is broken, refuses the messages, or counts for ever', async () => {
    await expect(withTemplate('{% for %}')).rejects.toMatchObject({ code: 'model-bad-template' });
    const refusing = await withTemplate("{{ raise_exception('no turns here') }}");
    expect(() => encodePrompt(refusing, '1')).toThrow(/no turns here/);
    const endless = await withTemplate('{% for i in range(1000000000) %}x{% endfor %}');
    expect(() => encodePrompt(endless, '1')).toThrow(/range/);
  });

  it('does not depend on the day', () => {
    const template = chatTemplateOf(JSON.stringify({ chat_template: "{{ strftime_now('%Y') if strftime_now is defined else 'no date' }}" }));
    expect(template?.render([], false)).toBe('no date');
  });
});

describe.skipIf(!hasSharedData('hf-tokenizers/qwen3'))('Qwen 3’s own template (needs the shared test data)', () => {
  it('gives the tokens that transformers gives', async () => {
    const { tokenizer, files } = await openTokenizer('qwen3', memorySources(sharedFiles('hf-tokenizers', 'qwen3')));
    const student = { ...(await tinyStudent()), tokenizer, chat: chatTemplateOf(files.config) };
    const end = tokenizer.idOf('<|im_end|>') as number;
    student.config = { ...student.config, context: 1000, vocab: tokenizer.size, eosIds: [end] };
    for (const { question, answer, prompt, whole } of golden.cases) {
      expect(encodePrompt(student, question)).toEqual(prompt);
      const { ids, lossFrom } = encodeExample(student, question, answer);
      expect(ids).toEqual(whole.slice(0, whole.lastIndexOf(end) + 1));
      expect(lossFrom).toBe(prompt.length);
      const shown = shownTokens(student, { ids, lossFrom });
      expect(shown.filter(({ learned }) => learned).map(({ text }) => text).join('')).toBe(`${answer}<|im_end|>`);
    }
  });
});
