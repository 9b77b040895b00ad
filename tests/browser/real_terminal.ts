// real_terminal.py and its orders.
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { build } from './stand_in';

interface Ready {
  pid: number; // of xueshi-terminald
  url: string;
  lan: string; // the admin's page in the local network
  pins: { teacher: string; admin: string }; // of a new terminal: to be chosen
  lessons: [number, number][];
}

export class RealTerminal {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;
  private answer: ((line: Record<string, unknown>) => void) | null = null;
  ready!: Ready;

  /** `options`: of real_terminal.py. */
  constructor(
    private readonly directory: string,
    options: string[] = [],
  ) {
    const program = join(__dirname, 'real_terminal.py');
    this.process = spawn('python3', [program, '--build', build, '--directory', directory, ...options]);
    this.process.stderr.pipe(process.stderr);
    this.lines = createInterface({ input: this.process.stdout });
    this.lines.on('line', (line) => line.startsWith('{') && this.answer?.(JSON.parse(line)));
    this.process.on('close', () => this.answer?.({ error: 'real_terminal.py has ended' }));
  }

  private async next(): Promise<Record<string, unknown>> {
    const line = await new Promise<Record<string, unknown>>((resolve) => (this.answer = resolve));
    if (line['error'] !== undefined) {
      throw new Error(String(line['error']));
    }
    return line;
  }

  async start(): Promise<void> {
    this.ready = (await this.next())['ready'] as Ready;
  }

  async order(order: Record<string, unknown>): Promise<Record<string, unknown>> {
    const answered = this.next();
    this.process.stdin.write(`${JSON.stringify(order)}\n`);
    return await answered;
  }

  /** What operators have done, by its journal. */
  operatorActions(): Record<string, unknown>[] {
    const events = join(this.directory, 'events.jsonl');
    rmSync(events, { force: true });
    const journal = ['--state', join(this.directory, 'terminal')];
    execFileSync(join(build, 'bin/xueshictl'), [...journal, 'export', '--plain', events]);
    return readFileSync(events, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind?: string; body: string })
      .filter(({ kind }) => kind === 'operator_action')
      .map(({ body }) => (JSON.parse(body) as { data: Record<string, unknown> }).data);
  }

  /** The last lines of its log. */
  log(): string {
    const lines = readFileSync(join(this.directory, 'logs/xueshi-terminald.log'), 'utf8').split('\n');
    return lines.slice(-40).join('\n');
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.on('close', resolve));
    this.process.stdin.end();
    await ended;
  }
}
