import { readFileSync } from 'node:fs';

/** As the manifest says, which lies at the same place above `lib` and above `dist`. */
export function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
