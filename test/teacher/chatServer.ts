/** Speaks OpenAI's protocol on loopback. It knows one key and one model; labels and missing skills are the first of the list it is sent. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

interface Asked {
  path: string;
  body: string;
}

interface Body {
  model: string;
  stream?: boolean;
  messages: { content: string }[];
  response_format?: { json_schema: { schema: { properties: Record<string, { minItems?: number }> } } };
}

export class ChatServer {
  asked: Asked[] = [];
  letIn = true;
  /** What it replies to texts that hold `about`, whatever was asked. */
  nonsense?: { about: string; reply: string };
  /** Its verdict on a final answer shown with the reference, and how sure it is of each step: by the text it is asked. */
  right: (text: string) => boolean = () => false;
  sure: (text: string) => number = () => 1;
  private server?: Server;
  private written = 0;

  constructor(private readonly key: string) {}

  async start(): Promise<string> {
    this.server = createServer((request, response) => void this.answer(request, response));
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}/v1`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve) ?? resolve(undefined));
  }

  /** The messages of the chats so far, each as one text. */
  get chats(): string[] {
    const chats = this.asked.filter(({ path }) => path === '/v1/chat/completions');
    return chats.map(({ body }) => (JSON.parse(body) as Body).messages.map(({ content }) => content).join('\n\n'));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const piece of request) body += String(piece);
    if (this.letIn) {
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('access-control-allow-headers', 'authorization, content-type');
    }
    const send = (status: number, json: object) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    this.asked.push({ path: request.url ?? '', body });
    if (request.headers.authorization !== `Bearer ${this.key}`) return void send(401, { error: { message: `Incorrect API key provided: ${request.headers.authorization}` } });
    if (request.url === '/v1/models') return void send(200, { data: [{ id: 'small' }, { id: 'large' }] });
    const asked = JSON.parse(body) as Body;
    const { model } = asked;
    if (model !== 'small') return void send(404, { error: { code: 'model_not_found', message: `The model ${model} does not exist` } });
    if (asked.stream) {
      const pieces = [...this.reply(asked).match(/[^]{1,9}/g) ?? [], ''];
      const events = pieces.map((content, i) => ({ model, choices: [{ delta: { content }, finish_reason: i === pieces.length - 1 ? 'stop' : null }] }));
      return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`);
    }
    send(200, { model, choices: [{ message: { content: this.reply(asked) }, finish_reason: 'stop' }], usage: { prompt_tokens: 50, completion_tokens: 9 } });
  }

  private reply({ messages, response_format: format }: Body): string {
    const text = messages.map(({ content }) => content).join('\n\n');
    if (this.nonsense && text.includes(this.nonsense.about)) return this.nonsense.reply;
    const skill = /^- (.+?)(?::|$)/m.exec(text)?.[1];
    const wants = (field: string) => format !== undefined && field in format.json_schema.schema.properties;
    // Every question it writes is another sum; it solves none of them right, but agrees with itself.
    if (wants('draft')) return JSON.stringify({ reason: 'it stresses the skill', draft: 'a sum', question: `what is ${++this.written + 100}+${this.written}` });
    if (wants('final')) return JSON.stringify({ answer: 'it is 7#7', final: '7' });
    if (wants('verdict')) return JSON.stringify({ reason: 'both compared', verdict: this.right(text) ? 'correct' : 'incorrect' });
    if (wants('scores')) return JSON.stringify({ scores: new Array<number>(format?.json_schema.schema.properties.scores.minItems ?? 0).fill(this.sure(text)) });
    if (!skill) return 'ready';
    return JSON.stringify(wants('judge') ? { judge: 'incorrect', reason: 'it misses this', skills: [skill] } : { reason: 'it is on the list', skills: [skill] });
  }
}
