// Shapes that say the same as their colour. Drawn on 24 by 24, with the text's colour.
const paths = {
  ok: 'M4 12.5l5.5 5.5L20 6.5',
  in: 'M13 4h6v16h-6M3 12h11M10 8l4 4-4 4',
  out: 'M11 4H5v16h6M9 12h12M17 8l4 4-4 4',
  no: 'M5 5l14 14M19 5L5 19',
  warn: 'M12 3L2 20h20zM12 10v5M12 17.5v.5',
  eye: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 100 6 3 3 0 000-6z',
  finger:
    'M6 19c1-2 1.500-4 1.500-7a4.500 4.500 0 019 0c0 1.500 0 3-.3 4.500M9.500 21c1.500-3 2-5.500 2-9M15.500 20c-.4.800-.6 1-1 1.500M4 15c.5-1 .6-2 .6-3A7.400 7.400 0 0112 4.500c4 0 7.400 3.200 7.400 7.500 0 1.500 0 2.500-.3 4',
  clock: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5l3.500 2.500',
  people:
    'M9 5a3.500 3.500 0 100 7 3.500 3.500 0 000-7zM2.500 20c0-4 3-6 6.500-6s6.500 2 6.500 6M16 5.500a3.500 3.500 0 010 6.500M18 14.500c2 .7 3.500 2.500 3.500 5.500',
  up: 'M12 20V4M5 11l7-7 7 7',
  down: 'M12 4v16M5 13l7 7 7-7',
  left: 'M20 12H4M11 5l-7 7 7 7',
  right: 'M4 12h16M13 5l7 7-7 7',
  linked: 'M5 12.500a10 10 0 0114 0M8 15.500a6 6 0 018 0M12 19v.5M2.500 9a14 14 0 0119 0',
  unlinked: 'M5 12.500a10 10 0 014-2.300M8 15.500a6 6 0 018 0M12 19v.5M3 3l18 18',
  video: 'M3 6h12v12H3zM15 10.500l6-3.500v10l-6-3.500',
  sound: 'M4 9.500v5h4l5 4v-13l-5 4zM16.500 9a4 4 0 010 6M19 6.500a8 8 0 010 11',
  mute: 'M4 9.500v5h4l5 4v-13l-5 4zM17 9.500l5 5M22 9.500l-5 5',
  wait: 'M6 3h12M6 21h12M7 3c0 5 4 6 5 9 1-3 5-4 5-9M7 21c0-5 4-6 5-9 1 3 5 4 5 9',
  lock: 'M6 11h12v10H6zM8.500 11V8a3.500 3.500 0 017 0v3M12 15v2.500',
  hand: 'M8 12V5.500a1.500 1.500 0 013 0V11V4a1.500 1.500 0 013 0v7V5.500a1.500 1.500 0 013 0V14c0 4-2 7-5.500 7S6.500 19 4.500 15c-.8-1.700.8-2.700 2-1.500L8 15',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
