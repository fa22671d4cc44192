/**
 * How labels become targets and outputs become predictions. A loss names the codings it can work with (`Loss.codings`).
 *
 *     numbers      one number or k numbers a row      k outputs, the targets themselves
 *     two-classes  one of two labels a row            one output, -1 for the first class, +1 for the second
 *     classes      one of several labels a row        one output a class, the target is the index of the class
 *     label-sets   any number of labels a row         one output a label, +1 where the row has it, -1 where not
 */
export type CodingName = 'numbers' | 'two-classes' | 'classes' | 'label-sets';
