'use strict'

/** Programs that may not fork, as under a strict seccomp profile. Threads are allowed. */

const { spawnSync } = require('node:child_process')

/** Numbers of system calls, by `process.arch`. */
const NUMBERS = {
  x64: { prctl: 157, clone: 56, forks: [57, 58] },
  arm64: { prctl: 167, clone: 220, forks: [] }
}

const { EPERM } = require('node:os').constants.errno

// From linux/bpf_common.h, linux/seccomp.h and linux/sched.h.
const LOAD = 0x20
const JUMP_EQUAL = 0x15
const JUMP_ANY_BIT = 0x45
const RETURN = 0x06
const ALLOW = 0x7fff0000
const ERRNO = 0x00050000
const NUMBER_AT = 0
const FIRST_ARGUMENT_AT = 16
const CLONE_VM = 0x100

/** The filter: `[code, jump if true, jump if false, operand]`. */
function filter({ clone, forks }) {
  const refuse = [RETURN, 0, 0, ERRNO | EPERM]
  const allow = [RETURN, 0, 0, ALLOW]
  return [
    [LOAD, 0, 0, NUMBER_AT],
    ...forks.flatMap((number) => [[JUMP_EQUAL, 0, 1, number], refuse]),
    [JUMP_EQUAL, 0, 2, clone], // anything else is allowed
    [LOAD, 0, 0, FIRST_ARGUMENT_AT],
    [JUMP_ANY_BIT, 0, 1, CLONE_VM],
    allow,
    refuse
  ]
}

/** Perl has system calls built in, and is where Git is. */
const PERL = `
  my ($prctl, $filter) = (shift, pack('H*', shift));
  my $program = pack('S x6 P', length($filter) / 8, $filter);
  syscall($prctl, 38, 1, 0, 0, 0) == 0 or die "PR_SET_NO_NEW_PRIVS: $!";
  syscall($prctl, 22, 2, $program, 0, 0) == 0 or die "PR_SET_SECCOMP: $!";
  exec @ARGV`

/** Runs a program that may not fork. */
function spawnWithoutFork(args, options) {
  const numbers = NUMBERS[process.arch]
  const bytes = Buffer.concat(
    filter(numbers).map(([code, yes, no, operand]) => {
      const line = Buffer.alloc(8)
      line.writeUInt16LE(code, 0)
      line.writeUInt8(yes, 2)
      line.writeUInt8(no, 3)
      line.writeUInt32LE(operand, 4)
      return line
    })
  )
  const perl = ['-e', PERL, String(numbers.prctl), bytes.toString('hex'), ...args]
  return spawnSync('perl', perl, { encoding: 'utf8', ...options })
}

/** Whether this machine can do it. */
function canRefuseForks() {
  if (process.platform !== 'linux' || NUMBERS[process.arch] === undefined) return false
  return spawnWithoutFork(['true']).status === 0
}

module.exports = { canRefuseForks, spawnWithoutFork }
