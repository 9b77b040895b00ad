import { useRef, useState } from 'preact/hooks';

export interface Once {
  busy: boolean;
  once: (order: () => Promise<void>) => void;
}

/** Orders of a button: until one is answered a second tap orders nothing. The page may be drawn later than that tap. */
export function useOnce(): Once {
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const end = () => {
    running.current = false;
    setBusy(false);
  };
  const once = (order: () => Promise<void>) => {
    if (running.current) {
      return;
    }
    running.current = true;
    setBusy(true);
    void order().finally(end);
  };
  return { busy, once };
}
