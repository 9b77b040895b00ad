import { Backoff } from './backoff';
import { readMessage, readPicture, type Message, type Picture } from './messages';
import { Orders } from './orders';

/** The terminal says something at least once a second; after so long a silence the connection is taken for dead. */
const silenceMs = 5_000;

export interface Listener {
  message(message: Message): void;
  picture(picture: Picture): void;
  connected(yes: boolean): void;
}

/** The WebSocket to the terminal: opened again for ever, a little later each time. */
export class Link {
  readonly orders = new Orders();
  private readonly backoff = new Backoff();
  private socket: WebSocket | null = null;
  private silence: ReturnType<typeof setTimeout> | undefined;

  /** `may`: asked before each try; false: not now, `open` is called when it may; null: nobody knows, asked again. */
  constructor(
    private readonly url: string,
    private readonly listener: Listener,
    private readonly may?: () => Promise<boolean | null>,
  ) {
    this.open();
  }

  acknowledge(number: number): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ ack: number }));
    }
  }

  /** Somebody touches the page: the login goes on. */
  used(): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ used: true }));
    }
  }

  open(): void {
    if (this.may === undefined) {
      this.connect();
      return;
    }
    void this.may().then((may) => {
      if (may === null) {
        this.openLater();
      } else if (may && this.socket === null) {
        this.connect();
      }
    });
  }

  private openLater(): void {
    setTimeout(() => this.open(), this.backoff.next());
  }

  private connect(): void {
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.orders.connect((text) => socket.send(text));
      this.listener.connected(true);
      this.heard();
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.take(data);
    socket.onclose = () => this.close(socket);
    this.socket = socket;
  }

  private take(data: string | ArrayBuffer): void {
    this.heard();
    if (typeof data !== 'string') {
      const picture = readPicture(data);
      if (picture !== null) {
        this.listener.picture(picture);
      }
      return;
    }
    const message = readMessage(data);
    if (message === null) {
      return;
    }
    if (message.type === 'hello') {
      this.backoff.reset();
    }
    if (message.type === 'answer' || message.type === 'progress') {
      this.orders.take(message);
    }
    this.listener.message(message);
  }

  private heard(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.socket && this.close(this.socket), silenceMs);
  }

  private close(socket: WebSocket): void {
    if (socket !== this.socket) {
      return;
    }
    clearTimeout(this.silence);
    this.socket = null;
    socket.onclose = socket.onmessage = null;
    socket.close();
    this.orders.connect(null);
    this.listener.connected(false);
    this.openLater();
  }
}
