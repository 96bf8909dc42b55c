'use strict'

/** What --help says, of all commands and of each. */

const OVERVIEW = `Finds memory leaks in Node.js programs.

  seep run [options] -- node app.js      runs a program with the detector on
  seep analyze FILE.heapsnapshot         classes and biggest objects of a snapshot
  seep compare A.heapsnapshot B ...      what leaks, from snapshots of one process, oldest first
  seep demo                              a server that leaks, found; the same server, fixed

  --help      with a command before it: its options and examples
  --version, -v

The detector takes its options from SEEP_* environment variables; docs/api.md in
seep's package lists them.
Exit codes: 0 success, 1 failure, 2 usage error, 3 --fail-on-leak found a leak,
4 --fail-on-leak could not judge every process.
`

const COMMANDS = {
  run: `Runs a program, and every Node process that it starts, with the detector on.

  seep run [--json] [--fail-on-leak] -- COMMAND [ARGUMENT ...]

  --json          logs one object a line to stderr, in place of text
  --fail-on-leak  exit code 3 when a leak was confirmed in any of the processes and the program
                  itself ended with 0; captures every second, and reports leaks at the
                  end, unless SEEP_INTERVAL_MS, SEEP_GATE and SEEP_LOG say otherwise; exit
                  code 4 when a process could not be captured at all, as with
                  SEEP_ENABLED=0, or when something grew in every capture until the end

Examples:
  seep run -- node app.js
  SEEP_INTERVAL_MS=10000 seep run --json -- node --max-old-space-size=512 app.js
  seep run --fail-on-leak -- npm test

Ends with the program's exit code, 128 and the signal's number when a signal ended it, 127 when
it cannot be started. Signals are passed on.
`,
  analyze: `Prints what is in a heap snapshot, as Chrome DevTools counts it.

  seep analyze [options] FILE.heapsnapshot[.gz]
  seep analyze [options] -               from standard input

  --json        one object, in place of tables
  --path ID     what holds this object: a shortest path from a root, and its retainers
  --class NAME  the objects of this class
  --ids ID,ID   the figures of these objects
  --contents    shows the contents of duplicate strings, not just their length

Examples:
  seep analyze Heap.20260102.heapsnapshot
  seep analyze --class Session --path 48211 Heap.20260102.heapsnapshot
  seep analyze --json Heap.20260102.heapsnapshot | jq '.classes[0]'

Exit code 1 when the file is not a snapshot, or an object or class is not in it.
`,
  compare: `Prints what leaks, from snapshots of one process, oldest first.

  seep compare [--json] [--html FILE] [--fail-on-leak] [--keep-order]
               A.heapsnapshot[.gz] B.heapsnapshot[.gz] [...]

  --json          one object, in place of text
  --html FILE     also writes it as a page, for its owner only (mode 0600); replaces an older
                  page, and no other file
  --fail-on-leak  exit code 3 when something leaks
  --keep-order    takes the files in the order given, even if their times say otherwise, as
                  after copying

Examples:
  seep compare 1.heapsnapshot 2.heapsnapshot 3.heapsnapshot
  seep compare --fail-on-leak --json $(ls -tr *.heapsnapshot)
  seep compare --html leaks.html $(ls -tr *.heapsnapshot)

Exit code 1 when one of the files is not a snapshot.
`,
  demo: `Shows what seep does: a server that leaks, under load, until seep reports it; then the same
server, fixed, until seep calls it healthy. Takes about a minute.

  seep demo

Exit code 0 when both ended that way.
`
}

module.exports = { COMMANDS, OVERVIEW }
