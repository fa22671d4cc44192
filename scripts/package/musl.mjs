/**
 * A machine whose C library is musl, as Alpine's is. npm has no Node that is built for musl; it has Bun, which offers Node-API as Node does, and Debian has
 * musl. Of libstdc++ and libgcc_s, which Alpine brings with node, Bun gets Debian's: made from its archive, and with what musl lacks for them.
 *
 * musl's loader takes the names of glibc's libraries for itself, but Bun, unlike Node, refuses a file that has them without asking the loader. So
 * the loader is asked first, about the file as it is; then Bun loads it without these names.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unpackDebian } from '../prebuild/debian.mjs';
import { missingInMusl, neededBy, symbolsOf } from '../prebuild/portable.mjs';
import { SetupFailure } from '../setup/failure.mjs';
import { attempt, commandPath, mustRun, root } from '../setup/run.mjs';
import { collect, enterRoot, furnish, inRoot } from './roots.mjs';

const BUN = '@oven/bun-linux-x64-musl-baseline@1.4.4';
const work = path.join(root, 'build', 'musl');
const folders = { x64: ['amd64', 'x86_64'], arm64: ['arm64', 'aarch64'] };

/** Debian's musl for this architecture of Node: its libc.so, which is the loader too. */
async function muslLibrary(arch) {
  const [debian, machine] = folders[arch];
  const folder = path.join(work, arch);
  await unpackDebian(folder, 'bookworm', debian, ['musl']);
  return path.join(folder, 'lib', `${machine}-linux-musl`, 'libc.so');
}

/** @throws SetupFailure where a prebuild for Linux asks for what musl has not */
export async function checkMuslSymbols(arch) {
  const file = path.join(root, 'prebuilds', `linux-${arch}`, 'planesearch.node');
  const missing = await missingInMusl(file, await muslLibrary(arch));
  if (missing.length > 0)
    throw new SetupFailure(`${file} must run on musl too, which lacks ${missing.join(', ')}: see native/compat/musl.cc.`);
}

async function bun() {
  const folder = path.join(work, BUN.replace(/\W+/g, '-'));
  const file = path.join(folder, 'package', 'bin', 'bun');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  await mustRun(`npm has no ${BUN}.`, 'npm', ['pack', BUN, '--silent'], { cwd: folder });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  await mustRun(`${BUN} was not unpacked.`, 'tar', ['xzf', archive], { cwd: folder });
  return file;
}

/** Symbols of libstdc++ that a program has copies of, and that it asks for. */
async function wantedOf(file, musl) {
  const { output } = await attempt('readelf', ['--relocs', '--wide', file]);
  const copied = [...output.matchAll(/R_X86_64_COPY\s+\S+\s+(\S+)/g)].map(([, name]) => name.replace(/@.*$/, ''));
  const has = new Set((await symbolsOf(musl)).map(({ name }) => name));
  return [...new Set([...copied, ...(await missingInMusl(file, musl))])].filter((name) => !has.has(name));
}

async function placeLibraries(folder, program, musl) {
  mkdirSync(path.join(folder, 'lib'), { recursive: true });
  const place = (name) => path.join(folder, 'lib', name);
  copyFileSync(musl, place('ld-musl-x86_64.so.1'));
  const compiler = process.env.CXX ?? 'g++';
  copyFileSync(
    (await mustRun('There is no libgcc_s.', compiler, ['-print-file-name=libgcc_s.so.1'])).trim(),
    place('libgcc_s.so.1'),
  );
  const sources = ['native/compat/old_glibc.cc', 'native/compat/musl.cc', 'scripts/package/musl-libraries.cc'];
  const wrapped = /set\(wrapped ([^)]*)\)/.exec(readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8'))[1].split(/\s+/);
  await mustRun('libstdc++ for musl was not made.', compiler, [
    ...[
      '-shared',
      '-fPIC',
      '-O2',
      '-std=c++17',
      '-U_FORTIFY_SOURCE',
      '-nodefaultlibs',
      '-o',
      place('libstdc++.so.6'),
      '-Wl,-soname,libstdc++.so.6',
    ],
    ...(await wantedOf(program, musl)).map((name) => `-Wl,--undefined=${name}`),
    ...wrapped.map((name) => `-Wl,--wrap=${name}`),
    ...sources.map((name) => path.join(root, name)),
    ...['-l:libstdc++.a', '-lgcc', '-l:libgcc_s.so.1', '-l:libc.so.6', '-l:libm.so.6'],
  ]);
}

const glibcs = /^lib(c|m|pthread)\.so/;

/** musl's loader on the file as it was installed: every library is found, and of the functions those of Node alone are missing. */
async function askLoader(folder, name) {
  const loader = '/lib/ld-musl-x86_64.so.1';
  const { stdout, stderr } = await collect(
    [...enterRoot(folder), loader, '--preload', '/lib/libstdc++.so.6', '--list', name],
    {},
    '/',
  );
  const output = stdout + stderr;
  const lines = output.split('\n').filter((line) => !/napi_\w+: symbol not found/.test(line));
  const found = lines.filter((line) => glibcs.test(line.trim()) && line.includes('=> /lib/ld-musl-x86_64.so.1'));
  if (found.length !== 3 || lines.some((line) => line.startsWith('Error')))
    throw new SetupFailure(`musl's loader refuses ${name}:\n${output}`);
}

/** Takes the entries of glibc's libraries out of the list of those that a binary (64 bits) needs. */
function forgetGlibc(file) {
  const [NEEDED, STRINGS, IGNORED] = [1n, 5n, 0x6ffffef0n];
  const bytes = readFileSync(file);
  const number = (at) => bytes.readBigUInt64LE(at);
  const [start, size, count] = [Number(number(32)), bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  const segments = Array.from({ length: count }, (_, k) => start + k * size).map((at) => ({
    type: bytes.readUInt32LE(at),
    offset: number(at + 8),
    address: number(at + 16),
    length: number(at + 32),
  }));
  const dynamic = segments.find(({ type }) => type === 2);
  const entries = [];
  for (let at = Number(dynamic.offset); number(at) !== 0n; at += 16)
    entries.push({ at, tag: number(at), value: number(at + 8) });
  const strings = entries.find(({ tag }) => tag === STRINGS).value;
  const holder = segments.find(
    ({ type, address, length }) => type === 1 && address <= strings && strings < address + length,
  );
  for (const { at, value } of entries.filter(({ tag }) => tag === NEEDED)) {
    const from = Number(holder.offset + strings - holder.address + value);
    if (glibcs.test(bytes.toString('latin1', from, bytes.indexOf(0, from)))) bytes.writeBigUInt64LE(IGNORED, at);
  }
  writeFileSync(file, bytes);
}

/** Whose `node` is Bun. */
export async function muslRoot(folder) {
  await checkMuslSymbols('x64');
  const [program, musl] = [await bun(), await muslLibrary('x64')];
  furnish(folder, program);
  await placeLibraries(folder, program, musl);
  const inside = inRoot(folder);
  const addon = '/app/node_modules/planesearch-linux-x64/planesearch.node';
  const run = async (...given) => {
    const file = path.join(folder, addon);
    if (existsSync(file) && (await neededBy(file)).some((name) => glibcs.test(name))) {
      await askLoader(folder, addon);
      forgetGlibc(file);
    }
    return inside(...given);
  };
  return { run: Object.assign(run, { file: inside.file }), folder };
}

/** Why it cannot be made; null when it can. */
export function withoutMusl() {
  const missing = ['readelf', process.env.CXX ?? 'g++'].find((tool) => commandPath(tool) === null);
  return missing === undefined ? null : `${missing} is not installed`;
}
