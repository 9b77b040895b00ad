// A stand-in for xueshi-terminald: serves the built page with the same policy of content and speaks the messages of
// firmware/kiosk/README.md. For states that the real terminal cannot be brought to quickly; the rest is tried on it.
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Page, WebSocketRoute } from '@playwright/test';

export const build = process.env['XUESHI_BUILD'] ?? join(__dirname, '../../build/dev');
export const pageFolder = join(build, 'share/kiosk');
export const origin = 'http://127.0.0.1:8470';

/** The same page in the local network. */
export const lanOrigin = 'https://192.168.1.20:8471';

const contentPolicy = (socket: string) =>
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; " +
  `font-src 'self'; connect-src 'self' ${socket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ogg': 'audio/ogg',
};

type Fields = Record<string, unknown>;
type Answer = { result: Fields } | { error: Fields };
/** 2026-11-28 08:32:15 in Shanghai. */
export const wallMs = Date.UTC(2026, 10, 28, 0, 32, 15);
const minute = 60_000;

export const lesson = {
  class: 'c1',
  class_name: '家政服务员（初级）',
  lesson: 'l7',
  title: '居家清洁与收纳',
  teacher: '赵老师',
  begin_ms: wallMs - 32 * minute,
  end_ms: wallMs + 63 * minute,
  opens_ms: wallMs - 47 * minute,
  closes_ms: wallMs + 78 * minute,
  present: 26,
  seen: 27,
  roster: 30,
  evidence: {
    recorded_ms: 13 * minute,
    usable_ms: 12 * minute,
    counted_ms: 12 * minute,
    owed_ms: 20 * minute,
    faces: 25,
  },
};

export const hello = {
  type: 'hello',
  protocol: 1,
  version: '0.1.0',
  device: '4f0c',
  languages: ['zh-CN', 'ko', 'en'],
  preview: { width: 480, height: 270, frames_per_second: 15 },
  pins: { teacher: true, admin: true },
  session_idle_s: 120,
  speaks: true,
};

export const status = {
  type: 'status',
  wall_ms: wallMs,
  clock: 'synchronised',
  institution: '示范职业技能培训学校',
  room: 'r-101',
  roster_as_of_ms: wallMs - 600 * minute,
  lessons: [lesson],
  next: {
    class_name: '家政服务员（初级）',
    title: '老年人照护',
    begin_ms: wallMs + 330 * minute,
  },
  picked: null as Fields | null,
  asked: [] as Fields[],
  watchers: [] as Fields[],
  sync: {
    state: 'online',
    claim_code: '',
    queue: 0,
    oldest_unsent_ms: 0,
    last_receipt_ms: wallMs - minute,
    refused: 0,
    error_zh: '',
    error_en: '',
    error_ko: '',
  },
  devices: {
    camera: 'running',
    reader: 'running',
    classroom: 'running',
    microphone: 'running',
  },
  finger: 'none',
  saved: true,
  first_pins: [],
  alarms: [] as string[],
};
export const unset = { ...status, clock: 'unset', lessons: [], next: null };

export const ready = {
  type: 'guidance',
  code: 'ready',
  crowd: 'nobody',
  face: null,
};
export const recorded = {
  type: 'result',
  outcome: 'recorded',
  seq: 123,
  wall_ms: wallMs,
  clock: 'synchronised',
  direction: 'check_in',
  evidence: 'face',
  person: 'p0',
  name: '王*兰',
  number: '12',
  class_name: lesson.class_name,
  title: lesson.title,
  punches: [{ direction: 'check_in', wall_ms: wallMs }],
};
export const refused = {
  type: 'result',
  outcome: 'refused',
  seq: 124,
  wall_ms: wallMs,
  clock: 'synchronised',
  reason: 'unknown_person',
  factor: 'face',
  detail: '',
  advice: 'retry',
};

export class StandIn {
  private socket: WebSocketRoute | null = null;
  private status: Fields = status;
  private beats: NodeJS.Timeout | undefined;
  private opened: (() => void) | null = null;
  lastId = 0;
  readonly orders: { verb: string; arguments: Fields }[] = [];
  readonly acknowledged: number[] = [];
  /** What its loudspeaker was to say; such orders go beside the others and are not among them. */
  readonly sentences: string[] = [];
  used = 0; // how often it heard that somebody is there
  readonly answers: Record<string, (args: Fields) => Answer> = {
    logout: () => {
      this.say({ type: 'session', role: 'trainee', reason: 'logout' });
      return { result: { role: 'trainee' } };
    },
  };
  first: Fields[] = [hello, status, ready];
  /** What else is asked by HTTP: of the local network's page. */
  readonly http: Record<string, (body: string) => { status: number; body?: string }> = {};

  constructor(
    private readonly page: Page,
    private readonly home = origin,
  ) {}

  /** `first`: what it says to each page that connects. */
  async open(first = this.first): Promise<void> {
    this.first = first;
    await this.listen();
    await this.connected(() => this.page.goto(`${this.home}/`));
  }

  /** Without opening the page. */
  async listen(): Promise<void> {
    await this.page.route('**/*', async (route) => {
      const url = new URL(route.request().url());
      const other = this.http[url.pathname];
      if (other !== undefined) {
        await route.fulfill(other(route.request().postData() ?? ''));
        return;
      }
      const file = join(pageFolder, url.pathname === '/' ? 'index.html' : url.pathname.slice(1));
      if (url.origin !== this.home || !existsSync(file)) {
        await route.fulfill({ status: 404 });
        return;
      }
      const headers = {
        'Content-Type': types[extname(file)] ?? 'application/octet-stream',
        'Content-Security-Policy': contentPolicy(this.socketOrigin),
        'Cache-Control': 'no-store',
      };
      await route.fulfill({ body: readFileSync(file), headers });
    });
    await this.page.routeWebSocket(`${this.socketOrigin}/ws`, (socket) => this.accept(socket));
  }

  private get socketOrigin(): string {
    return this.home.replace('http', 'ws');
  }

  /** Does something and waits until the page has connected after it. */
  async connected(something: () => Promise<unknown>): Promise<void> {
    const again = new Promise<void>((resolve) => (this.opened = resolve));
    await something();
    await again;
  }

  say(message: Fields): void {
    if (message['type'] === 'status') {
      this.status = message;
    }
    this.socket?.send(JSON.stringify(message));
  }

  /** What the terminal says once a second. */
  beat(): void {
    this.say(this.status);
  }

  progress(id: number, progress: Fields): void {
    this.say({ type: 'progress', id, progress });
  }

  picture(number: number, jpeg: Buffer): void {
    const header = Buffer.alloc(16);
    header.writeUInt32BE(number, 0);
    header.writeUInt32BE(30, 4);
    header.writeUInt16BE(480, 8);
    header.writeUInt16BE(270, 10);
    this.socket?.send(Buffer.concat([header, jpeg]));
  }

  async drop(): Promise<void> {
    this.stop();
    await this.socket?.close({ code: 1001 });
  }

  stop(): void {
    clearInterval(this.beats);
  }

  private accept(socket: WebSocketRoute): void {
    this.socket = socket;
    socket.onMessage((text) => this.take(String(text)));
    this.first.forEach((message) => this.say(message));
    this.stop();
    this.beats = setInterval(() => this.beat(), 1000);
    this.opened?.();
  }

  private take(text: string): void {
    const message = JSON.parse(text) as Fields;
    if (typeof message['ack'] === 'number') {
      this.acknowledged.push(message['ack']);
      return;
    }
    if (message['used'] === true) {
      this.used++;
      return;
    }
    const order = message as { id: number; verb: string; arguments: Fields };
    if (order.verb === 'say') {
      const { language, words } = order.arguments as { language: string; words: string[] };
      this.sentences.push(`${language}: ${words.join(' ')}`);
    } else {
      this.lastId = order.id;
      this.orders.push({ verb: order.verb, arguments: order.arguments });
    }
    const answer = this.answers[order.verb]?.(order.arguments);
    if (answer !== undefined) {
      this.say({ type: 'answer', id: order.id, ...answer });
    }
  }
}

/** The astronaut of the sample photographs as the camera would show her; never a trainee's face. */
export async function samplePicture(page: Page): Promise<Buffer> {
  const png = readFileSync(join(__dirname, '../../models/files/samples/astronaut.png')).toString('base64');
  const jpeg = await page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [480, 270];
    const context = canvas.getContext('2d')!;
    context.fillStyle = '#8d9994';
    context.fillRect(0, 0, 480, 270);
    context.drawImage(image, 90, 0, 330, 330 * (270 / 480), 0, 0, 480, 270);
    return canvas.toDataURL('image/jpeg', 0.8).split(',')[1]!;
  }, png);
  return Buffer.from(jpeg, 'base64');
}
