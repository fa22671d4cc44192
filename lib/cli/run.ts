/** The command line as a function: arguments and streams in, exit code out. Nothing here ends the process. */
import { Argument, Command, type CommanderError, type Option } from 'commander';
import { harmless, isError, isOurs } from '../core/errors.js';
import { nearest } from '../core/option-names.js';
import { outOfMemory } from '../core/out-of-memory.js';
import type {
  CompareArguments,
  ConvertArguments,
  CrossValidateArguments,
  DescribeArguments,
  EvaluateArguments,
  ExportArguments,
  InfoArguments,
  PredictArguments,
  ReportArguments,
  SearchArguments,
  TrainArguments,
} from './arguments.js';
import { compareCommand } from './compare.js';
import { completionCommand, shellNames } from './completion.js';
import { convertCommand } from './convert.js';
import { crossValidateCommand } from './cross-validate.js';
import { describeCommand } from './describe.js';
import { evaluateCommand } from './evaluate.js';
import { exportCommand } from './export.js';
import { infoCommand } from './info.js';
import { exitCodes, untilAborted, type Io } from './io.js';
import {
  compareOptions,
  convertOptions,
  crossValidateOptions,
  describeOptions,
  evaluateOptions,
  exportOptions,
  infoOptions,
  predictOptions,
  reportOptions,
  searchOptions,
} from './options.js';
import { packageVersion } from '../io/package-version.js';
import { predictCommand } from './predict.js';
import { reportCommand } from './report.js';
import { setupMpi } from '../distributed/setup-mpi.js';
import { searchCommand } from './search.js';
import { trainCommand } from './train.js';
import { trainOptions } from './train-options.js';

/**
 * Runs `planesearch ...argv`. Errors are one line on `stderr`; with the environment variable DEBUG a stack follows.
 *
 * @returns 0 success, 1 data or other errors, 2 wrong usage, 130 interrupted by `signal`
 */
export async function run(argv: readonly string[], streams: Omit<Io, 'signal'> & Partial<Io>): Promise<number> {
  const io: Io = { signal: new AbortController().signal, ...streams };
  let code: number = exitCodes.success;
  const program = commandLine(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return fail(error, program.commands.find((command) => command.name() === argv[0]) ?? program, io);
  }
}

const EXIT_CODES = `
Exit codes: ${exitCodes.success} success, ${exitCodes.failure} data that cannot be used or a file that cannot be read or written, ${exitCodes.usage} wrong usage,
${exitCodes.interrupted} interrupted (143 by SIGTERM, 129 by SIGHUP); train then reports and saves the best point so far.`;

function commandLine(io: Io, finish: (code: number) => void): Command {
  const program = new Command('planesearch')
    .description('Trains linear models and shallow networks without a learning rate.')
    .version(packageVersion())
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => undefined,
    });
  const add = (usage: string, description: string, options: readonly Option[]): Command => {
    const command = program.command(usage).description(description);
    options.forEach((option) => command.addOption(option));
    return command;
  };
  add(
    'train <data>',
    'train a model on a file of CSV, JSON lines, LIBSVM, IDX, NPY, Parquet or Arrow; - is standard input',
    trainOptions,
  ).action(async (data: string, args: TrainArguments) => finish(await trainCommand(data, args, io)));
  add('predict <model> <data>', 'print one prediction per row', predictOptions).action(
    async (model: string, data: string, args: PredictArguments) => {
      finish(await untilAborted(predictCommand(model, data, args, io), io.signal));
    },
  );
  add('evaluate <model> <data>', 'print how well a model fits labelled data', evaluateOptions).action(
    async (model: string, data: string, args: EvaluateArguments) => {
      finish(await untilAborted(evaluateCommand(model, data, args, io), io.signal));
    },
  );
  add('setup-mpi', 'build what train --distributed needs, for the MPIs of this machine', []).action(async () => {
    const built = await setupMpi();
    io.stdout.write(`Built for ${built.join(' and ')}.\n`);
  });
  add('cross-validate <data>', 'print how well a model fits rows that it has not seen', crossValidateOptions).action(
    async (data: string, args: CrossValidateArguments) => finish(await crossValidateCommand(data, args, io)),
  );
  add('search <data>', 'try penalties, sizes or networks, and keep what fits unseen rows best', searchOptions).action(
    async (data: string, args: SearchArguments) => finish(await searchCommand(data, args, io)),
  );
  add('compare <data>', 'run methods on one problem and show who comes how far when', compareOptions).action(
    async (data: string, args: CompareArguments) => finish(await compareCommand(data, args, io)),
  );
  add('export <model>', 'write a model in a form that other programs read', exportOptions).action(
    async (model: string, args: ExportArguments) => finish(await exportCommand(model, args)),
  );
  add(
    'report <model>',
    'write a page about a model: its training, its fit on labelled rows, its weights',
    reportOptions,
  ).action(async (model: string, args: ReportArguments) => {
    finish(await untilAborted(reportCommand(model, args, io), io.signal));
  });
  add('describe <data>', 'print what train would read, column by column', describeOptions).action(
    async (data: string, args: DescribeArguments) => {
      finish(await untilAborted(describeCommand(data, args, io), io.signal));
    },
  );
  add('convert <data>', 'write a data file as NPY or sparse NPZ, for --out-of-core', convertOptions).action(
    async (data: string, args: ConvertArguments) => {
      finish(await untilAborted(convertCommand(data, args, io), io.signal));
    },
  );
  add('info', 'print versions and what the backends found on this machine', infoOptions).action((args: InfoArguments) =>
    finish(infoCommand(args, io)),
  );
  program
    .command('completion')
    .description('print a script that completes commands, options and names in a shell')
    .addArgument(new Argument('<shell>').choices(shellNames))
    .action((shell: string) => finish(completionCommand(shell, program, io)));
  return program;
}

function fail(reason: unknown, command: Command, io: Io): number {
  const error = outOfMemory(reason) ?? reason;
  if (isCommanderError(error)) {
    // Help was asked for and is printed, or was printed because no command was given.
    if (error.exitCode === 0) return exitCodes.success;
    if (error.code !== 'commander.help') io.stderr.write(`planesearch: ${harmless(usageSentence(error, command))}\n`);
    return exitCodes.usage;
  }
  if (io.signal.aborted && error === io.signal.reason) {
    io.stderr.write('planesearch: Interrupted before there was a result; nothing was written.\n');
    return exitCodes.interrupted;
  }
  const message = isError(error) ? error.message : String(error);
  io.stderr.write(`planesearch: ${harmless(message.replaceAll(/\s*\n\s*/g, ' '))}\n`);
  if (process.env['DEBUG'] && isError(error)) io.stderr.write(`${error.stack}\n`);
  // What an option asks for cannot be had, or not together with the others.
  const usage = isOurs(error) && ['INVALID_OPTION', 'INCOMPATIBLE'].includes(error.code);
  return usage ? exitCodes.usage : exitCodes.failure;
}

function isCommanderError(error: unknown): error is CommanderError {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && code.startsWith('commander.');
}

/** commander's message in our form: "error: unknown option '--tets'\n(Did you mean --test?)"; it knows no names of other programs. */
function usageSentence(error: CommanderError, command: Command): string {
  const [first = '', hint] = error.message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .split('\n');
  if (error.code === 'commander.unknownCommand') {
    const given = /'(.*)'/.exec(first)?.[1] ?? '';
    const names = command.commands.map((one) => one.name()).join(', ');
    return `The command must be one of ${names}, but '${given}' was given.`;
  }
  if (error.code === 'commander.unknownOption') {
    const given = /'--([^'=]{3,})/.exec(first)?.[1] ?? '';
    const flags = new Map(command.options.map((option) => [option.attributeName(), option.long]));
    const meant = nearest(
      given.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
      [...flags.keys()],
    );
    if (given !== '' && meant !== null) return `Unknown option '--${given}' (did you mean ${flags.get(meant)}?).`;
  }
  const sentence = first.charAt(0).toUpperCase() + first.slice(1);
  return hint ? `${sentence} ${hint.replace('(Did', '(did')}.` : `${sentence}.`;
}
