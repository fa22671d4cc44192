import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StatusLine } from '../../lib/callbacks/status-line.js';
import { Recorder } from '../cli/support.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

it('on a terminal a text takes the place of the one before, cut to the width, until it is cleared', () => {
  const terminal = Object.assign(new Recorder(true), { columns: 10 });
  const line = new StatusLine(terminal);
  line.show('a text that is too long');
  expect(terminal.text).toBe('\u001b[1Ga text th\u001b[0K');
  terminal.text = '';
  line.show('short');
  expect(terminal.text).toBe('\u001b[1Gshort\u001b[0K');
  terminal.text = '';
  line.clear();
  line.clear();
  expect(terminal.text).toBe('\u001b[1G\u001b[2K');
});

it('on a terminal it is due at once, and then every 100 ms', () => {
  const line = new StatusLine(new Recorder(true));
  expect(line.due).toBe(true);
  line.show('text');
  expect(line.due).toBe(false);
  vi.advanceTimersByTime(100);
  expect(line.due).toBe(true);
});

it('elsewhere it is due every 5 seconds, writes whole lines and has nothing to clear', () => {
  const file = new Recorder(false);
  const line = new StatusLine(file);
  expect(line.due).toBe(false);
  vi.advanceTimersByTime(5000);
  expect(line.due).toBe(true);
  line.show('text');
  expect(line.due).toBe(false);
  line.clear();
  expect(file.text).toBe('text\n');
});
