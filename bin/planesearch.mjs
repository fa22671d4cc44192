#!/usr/bin/env node
/**
 * The `planesearch` command. It is a file of its own, and not `dist/cli/main.js`, because npx in a checkout links the
 * command once and for all on first use: a file that appears only with the build would stay unknown to it.
 */
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);

if (existsSync(main)) {
  await import(main.href);
} else {
  console.error("planesearch is not built yet: run 'npm run setup' in its folder first.");
  process.exitCode = 1;
}
