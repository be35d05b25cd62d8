/** `connect`: asks a teacher for one word, and says what is wrong where none comes. */
import { StudioError } from '../core/errors';
import { testConnection } from '../teacher/connection';
import type { Command, Result } from './command';
import { keyFrom, planFrom, teacherOptions } from './teacher';

export const connectCommand: Command = {
  name: 'connect',
  summary: 'Tests the connection to a teacher.',
  usage: 'connect --teacher URL --model NAME [--key-env VAR] [--protocol openai|anthropic|gemini]',
  options: teacherOptions,
  async run(given, { signal }): Promise<Result> {
    const report = await testConnection(planFrom(given).choice, keyFrom(given), signal);
    if (report.failure) {
      const { code, message, where, remedy } = report.failure;
      const listed = report.models.length > 0 ? ` It lists ${report.models.slice(0, 20).join(', ')}.` : '';
      throw new StudioError(code, message, { where, remedy: `${remedy ?? ''}${listed}`.trim() });
    }
    const { model = '', seconds = 0, text = '' } = report.answered ?? {};
    return { json: report, text: `${model} answered in ${seconds.toFixed(1)} s: ${text.trim()}` };
  },
};
