import { useApp, type App } from '../app';
import { language } from '../state';
import type { OrderError } from '../terminal/messages';
import type { Prompt } from './spoken';

const mostWords = 64; // as the terminal takes them

/** Says words one after the other, in place of what is said now. null: they were said, or others came in their place. */
export type Voice = (words: Prompt[]) => Promise<OrderError | null>;

/** One for the whole page: the terminal's loudspeaker, or the browser where the terminal has none. */
export function useVoice(): Voice {
  const { state, link } = useApp();
  const lang = language(state);
  return async (words) => {
    const few = words.slice(0, mostWords);
    return state.hello?.speaks === true
      ? sayThere(link, { language: lang, words: few })
      : sayHere(
          link,
          few.map((word) => `say-${lang}-${word}.ogg`),
        );
  };
}

async function sayThere(
  { orders }: App['link'],
  sentence: Record<string, unknown>,
): Promise<OrderError | null> {
  const said = await orders.beside('say', sentence);
  return said.ok || said.error.code === 'cancelled' ? null : said.error;
}

let audio: HTMLAudioElement | undefined;
let turn = 0;
let told = false;

async function sayHere({ orders }: App['link'], files: string[]): Promise<OrderError | null> {
  audio ??= new Audio();
  const own = ++turn;
  for (const file of files) {
    audio.src = file;
    const ended = new Promise((end) => audio!.addEventListener('ended', end, { once: true }));
    try {
      await audio.play();
    } catch (error) {
      if (own !== turn) {
        return null; // cut off
      }
      const { name, message } = error as DOMException;
      if (!told) {
        told = true; // the terminal logs it: nobody reads the browser's console
        void orders.order('not_said', { error: name });
      }
      return { code: name === 'NotAllowedError' ? 'denied' : 'io', message };
    }
    await ended;
    if (own !== turn) {
      return null;
    }
  }
  return null;
}
