import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../../../firmware/kiosk/web/src/terminal/backoff';
import { Link } from '../../../../firmware/kiosk/web/src/terminal/link';
import { readMessage, readPicture } from '../../../../firmware/kiosk/web/src/terminal/messages';
import { Newest } from '../../../../firmware/kiosk/web/src/terminal/newest';
import { Orders } from '../../../../firmware/kiosk/web/src/terminal/orders';

test('back-off: doubled each time, never above eight seconds, and from the start again after a success', () => {
  const longest = new Backoff(() => 1);
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7].map(() => longest.next()),
    [500, 1000, 2000, 4000, 8000, 8000, 8000],
  );
  longest.reset();
  assert.equal(longest.next(), 500);
  assert.equal(new Backoff(() => 0).next(), 375);
});

test('newest picture: those that came while one was drawn are left out, but for the newest', async () => {
  const shown: number[] = [];
  const acknowledged: number[] = [];
  const drawn: (() => void)[] = [];
  const newest = new Newest<number>(
    (picture) => {
      shown.push(picture);
      return new Promise((done) => drawn.push(done));
    },
    (picture) => acknowledged.push(picture),
  );
  [1, 2, 3, 4].forEach((picture) => newest.offer(picture));
  assert.deepEqual(shown, [1]);
  assert.deepEqual(acknowledged, []);
  drawn[0]?.();
  await new Promise(setImmediate);
  assert.deepEqual(shown, [1, 4]);
  assert.deepEqual(acknowledged, [1]);
});

test('newest picture: a broken one is acknowledged too, so that the next one comes', async () => {
  const acknowledged: number[] = [];
  const newest = new Newest<number>(
    () => Promise.reject(new Error('no JPEG')),
    (picture) => acknowledged.push(picture),
  );
  newest.offer(7);
  await new Promise(setImmediate);
  assert.deepEqual(acknowledged, [7]);
});

test('messages: what is none is left alone', () => {
  for (const text of ['', '{', '[]', 'null', '7', '{}', '{"type":7}', '{"type":"constructor"}']) {
    assert.equal(readMessage(text), null, text);
  }
  assert.equal(readMessage('{"type":"hello"}')?.type, 'hello');
});

test('pictures: number and age are read, a cut header is none', () => {
  const bytes = new Uint8Array(18);
  bytes.set([0, 0, 1, 2, 0, 0, 0, 40], 0);
  bytes.set([0xff, 0xd8], 16);
  const picture = readPicture(bytes.buffer);
  assert.equal(picture?.number, 258);
  assert.equal(picture?.ageMs, 40);
  assert.deepEqual([...(picture?.jpeg ?? [])], [0xff, 0xd8]);
  assert.equal(readPicture(bytes.buffer.slice(0, 16)), null);
});

test('link: where nobody can tell whether it may, it asks again until somebody can', async () => {
  const opened: string[] = [];
  class Socket {
    constructor(url: string) {
      opened.push(url);
    }
  }
  Object.assign(globalThis, { WebSocket: Socket });
  let asked = 0;
  const none = () => {};
  const may = () => Promise.resolve(asked++ === 0 ? null : true);
  new Link('wss://terminal/ws', { message: none, picture: none, connected: none }, may);
  await new Promise(setImmediate);
  assert.deepEqual(opened, []);
  await new Promise((later) => setTimeout(later, 600));
  assert.deepEqual(opened, ['wss://terminal/ws']);
});

test('link: a page that stood still keeps its connection; five seconds that it spent in silence end it', (context) => {
  const seconds: (() => void)[] = [];
  context.mock.method(globalThis, 'setInterval', (tick: () => void) => seconds.push(tick));
  context.mock.method(globalThis, 'setTimeout', () => 0); // it is not opened again here
  const sockets: { onopen?: () => void; onmessage?: (event: { data: string }) => void; close: () => void }[] =
    [];
  class Socket {
    close() {}
    constructor() {
      sockets.push(this);
    }
  }
  Object.assign(globalThis, { WebSocket: Socket });
  const connected: boolean[] = [];
  const none = () => {};
  new Link('wss://terminal/ws', { message: none, picture: none, connected: (yes) => connected.push(yes) });
  const socket = sockets[0]!;
  socket.onopen!();
  const pass = (count: number) => Array.from({ length: count }).forEach(() => seconds[0]!());
  for (let stalls = 0; stalls < 3; stalls++) {
    pass(1); // of however long a stall, the browser gives one
    socket.onmessage!({ data: '{"type":"status"}' });
  }
  pass(4);
  assert.deepEqual(connected, [true]);
  pass(1);
  assert.deepEqual(connected, [true, false]);
});

function connectedOrders() {
  const orders = new Orders();
  const sent: { id: number; verb: string }[] = [];
  orders.connect((text) => sent.push(JSON.parse(text)));
  return { orders, sent };
}

test('orders: one at a time; the next is sent when the last was answered', async () => {
  const { orders, sent } = connectedOrders();
  const first = orders.order('people');
  const second = orders.order('status');
  assert.deepEqual(
    sent.map((order) => order.verb),
    ['people'],
  );
  orders.take({ type: 'answer', id: sent[0]!.id, result: { people: [] } });
  assert.deepEqual(await first, { ok: true, result: { people: [] } });
  assert.equal(sent[1]?.verb, 'status');
  orders.take({
    type: 'answer',
    id: sent[1]!.id,
    error: { code: 'denied', message: 'no' },
  });
  assert.deepEqual(await second, {
    ok: false,
    error: { code: 'denied', message: 'no' },
  });
});

test('orders: progress reaches its order, and cancel passes the one that runs', async () => {
  const { orders, sent } = connectedOrders();
  const lines: unknown[] = [];
  const running = orders.order('enrol_finger', {}, (line) => lines.push(line));
  orders.take({ type: 'progress', id: sent[0]!.id, progress: { stage: 1 } });
  orders.take({
    type: 'progress',
    id: sent[0]!.id + 5,
    progress: { stage: 9 },
  });
  orders.cancel();
  assert.equal(sent[1]?.verb, 'cancel');
  orders.take({ type: 'answer', id: sent[1]!.id, result: { cancelled: true } });
  orders.take({
    type: 'answer',
    id: sent[0]!.id,
    error: { code: 'cancelled', message: '' },
  });
  assert.equal((await running).ok, false);
  assert.deepEqual(lines, [{ stage: 1 }]);
});

test('orders: what goes beside the others is sent at once and answered for itself', async () => {
  const { orders, sent } = connectedOrders();
  const running = orders.order('enrol_face');
  const said = orders.beside('say', { words: ['look_left'] });
  const cut = orders.beside('say', { words: ['look_right'] });
  assert.deepEqual(
    sent.map((order) => order.verb),
    ['enrol_face', 'say', 'say'],
  );
  orders.take({ type: 'answer', id: sent[1]!.id, result: {} });
  assert.equal((await said).ok, true);
  orders.take({ type: 'answer', id: sent[0]!.id, result: { samples: 5 } });
  assert.deepEqual(await running, { ok: true, result: { samples: 5 } });
  orders.connect(null);
  assert.equal((await cut).ok, false);
  assert.equal((await orders.beside('say', {})).ok, false);
});

test('orders: the end of the connection ends all of them', async () => {
  const { orders } = connectedOrders();
  const both = Promise.all([orders.order('people'), orders.order('status')]);
  orders.connect(null);
  for (const outcome of [...(await both), await orders.order('status')]) {
    assert.equal(outcome.ok ? '' : outcome.error.code, 'unavailable');
  }
});
