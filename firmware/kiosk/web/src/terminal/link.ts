import { Backoff } from './backoff';
import { readMessage, readPicture, type Message, type Picture } from './messages';
import { Orders } from './orders';

/** The terminal says something at least once a second; after so many in silence the connection is taken for dead. */
const silenceS = 5;

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
  private silentS = 0;
  private seconds: ReturnType<typeof setInterval> | undefined;

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
      this.listen(socket);
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.take(data);
    socket.onclose = () => this.close(socket);
    this.socket = socket;
  }

  private take(data: string | ArrayBuffer): void {
    this.silentS = 0;
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

  /** Counts the seconds one by one: a page that stood still takes what came meanwhile before it counts the next. */
  private listen(socket: WebSocket): void {
    this.silentS = 0;
    this.seconds = setInterval(() => {
      this.silentS += 1;
      if (this.silentS >= silenceS) {
        this.close(socket);
      }
    }, 1_000);
  }

  private close(socket: WebSocket): void {
    if (socket !== this.socket) {
      return;
    }
    clearInterval(this.seconds);
    this.socket = null;
    socket.onclose = socket.onmessage = null;
    socket.close();
    this.orders.connect(null);
    this.listener.connected(false);
    this.openLater();
  }
}
