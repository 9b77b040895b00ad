// real_terminal.py and its orders.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { build } from './stand_in';

interface Ready {
  pid: number; // of xueshi-terminald
  url: string;
  lan: string; // the admin's page in the local network
  pins: { teacher: string; admin: string };
  lessons: [number, number][];
  document: string;
}

export class RealTerminal {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;
  private answer: ((line: Record<string, unknown>) => void) | null = null;
  ready!: Ready;

  /** `hourS`: seconds of a class hour; the lessons have 1 and 5 of them. */
  constructor(
    private readonly directory: string,
    hourS = 120,
  ) {
    const program = join(__dirname, 'real_terminal.py');
    const options = ['--build', build, '--directory', directory, '--hour-s', String(hourS)];
    this.process = spawn('python3', [program, ...options]);
    this.process.stderr.pipe(process.stderr);
    this.lines = createInterface({ input: this.process.stdout });
    this.lines.on('line', (line) => line.startsWith('{') && this.answer?.(JSON.parse(line)));
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

  async order(order: Record<string, unknown>): Promise<void> {
    const answered = this.next();
    this.process.stdin.write(`${JSON.stringify(order)}\n`);
    await answered;
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
