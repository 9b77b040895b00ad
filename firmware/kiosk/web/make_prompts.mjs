// Speaks the page's prompts into files, so that the terminal needs neither a network nor a voice of its own:
//   node make_prompts.mjs FOLDER     writes FOLDER/say-<language>-<prompt>.ogg
// espeak-ng has a voice for each language; a recorded human voice may take a file's place under the same name.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const folder = process.argv[2];
if (folder === undefined) {
  console.error('make_prompts: say which folder');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });

const source = `export { prompts } from './src/parts/spoken'; export { tables } from './src/texts';`;
const bundle = await build({
  stdin: { contents: source, resolveDir: import.meta.dirname ?? process.cwd() },
  bundle: true,
  format: 'esm',
  write: false,
});
const code = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
const { prompts, tables } = await import(`data:text/javascript;base64,${code}`);

// Slower than people talk, since old ones listen: Chinese two and a half syllables a second, Korean five.
const voices = { 'zh-CN': ['cmn', '185'], ko: ['ko', '145'], en: ['en', '145'] };
// Small (with fewer bits Opus saves little more), and the same bytes each time. The silence at the end goes.
const opus =
  '-af areverse,silenceremove=start_periods=1:start_threshold=-50dB:start_silence=0.06,areverse ' +
  '-ac 1 -ar 16000 -c:a libopus -b:a 5k -frame_duration 60 -application voip ' +
  '-map_metadata -1 -fflags +bitexact -flags:a +bitexact';

for (const [language, [voice, pace]] of Object.entries(voices)) {
  for (const [prompt, key] of Object.entries(prompts)) {
    const file = join(folder, `say-${language}-${prompt}.ogg`);
    const wave = execFileSync('espeak-ng', ['-v', voice, '-s', pace, '--stdout', tables[language][key]]);
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', '-', ...opus.split(' '), file], { input: wave });
  }
}
