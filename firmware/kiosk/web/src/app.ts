import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Action, State } from './state';
import type { Link } from './terminal/link';
import type { Picture } from './terminal/messages';
import type { Speak } from './texts';

/** What every part of the page may use. */
export interface App {
  state: State;
  say: Speak;
  dispatch: (action: Action) => void;
  link: Link;
  pictures: Pictures;
}

export const AppContext = createContext<App>(null as unknown as App);
export const useApp = (): App => useContext(AppContext);

export const nowMs = (): number => performance.now();

/** Hands each preview picture to whoever shows it; nobody: it is not acknowledged, so the terminal sends no further one. */
export class Pictures {
  private viewer: ((picture: Picture) => void) | null = null;
  private last: Picture | null = null;

  offer(picture: Picture): void {
    this.last = picture;
    this.viewer?.(picture);
  }

  /** The picture that waits is shown at once, which sets the stream going again. */
  watch(viewer: (picture: Picture) => void): () => void {
    this.viewer = viewer;
    if (this.last !== null) {
      viewer(this.last);
    }
    return () => {
      this.viewer = null;
    };
  }

  /** The connection ended: an old picture is no preview. */
  forget(): void {
    this.last = null;
  }
}

/** Draws its part again every `ms`. */
export function useEvery(ms: number): number {
  const [now, setNow] = useState(nowMs());
  useEffect(() => {
    const timer = setInterval(() => setNow(nowMs()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}
