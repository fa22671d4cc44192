import { describe, expect, it } from 'vitest';
import { processorQuota, threadChoice } from '../../lib/backends/default-threads.js';

describe('threads by default', () => {
  it.each([
    [undefined, 8, null, 8, 'processors'],
    ['', 8, null, 8, 'processors'],
    ['3', 8, 1, 3, 'PLANESEARCH_THREADS'],
    [undefined, 8, 2.9, 2, 'quota'],
    [undefined, 8, 0.25, 1, 'quota'],
    [undefined, 2, 64, 2, 'processors'],
    [undefined, 1000, null, 256, 'processors'],
  ])('PLANESEARCH_THREADS %s, %d processors, quota %s: %d by %s', (wanted, processors, quota, threads, from) => {
    expect(threadChoice({ PLANESEARCH_THREADS: wanted }, processors, quota)).toEqual({ threads, from });
  });

  it.each(['0', '257', '2.5', '-1', 'all'])('PLANESEARCH_THREADS=%s is refused', (wanted) => {
    expect(() => threadChoice({ PLANESEARCH_THREADS: wanted }, 8, null)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: `The variable PLANESEARCH_THREADS must be a whole number from 1 to 256, but is '${wanted}'.`,
      }),
    );
  });
});

describe('the quota of a control group', () => {
  const of = (files: Record<string, string>): number | null => processorQuota((file) => files[file] ?? null);

  it.each([
    ['no Linux', {}, null],
    ['version 2 without a limit', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, null],
    ['version 2', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '150000 100000\n' }, 1.5],
    [
      'the least of a group and those that hold it',
      {
        '/proc/self/cgroup': '0::/pods/one\n',
        '/sys/fs/cgroup/pods/one/cpu.max': '400000 100000\n',
        '/sys/fs/cgroup/pods/cpu.max': '200000 100000\n',
        '/sys/fs/cgroup/cpu.max': 'max 100000\n',
      },
      2,
    ],
    [
      'version 1, named by its path outside',
      {
        '/proc/self/cgroup': '12:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n',
        '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
        '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      },
      0.5,
    ],
    [
      'version 1 without a limit',
      {
        '/proc/self/cgroup': '4:cpu:/\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      null,
    ],
    ['files of nonsense', { '/proc/self/cgroup': 'x\n0::/\n', '/sys/fs/cgroup/cpu.max': 'one two\n' }, null],
  ])('%s', (_, files, quota) => expect(of(files)).toBe(quota));
});
