'use strict'

/** The texts of --help, for all commands together and for each. */

const OVERVIEW = `Finds memory leaks in Node.js programs.

  seep run [options] -- node app.js   run a program with the detector on
  seep analyze FILE.heapsnapshot      show suspects, biggest objects and classes of a snapshot
  seep compare A.heapsnapshot B ...   find leaks in snapshots of one process, oldest first
  seep verify BEFORE ... -- AFTER ... tell whether a fix ended a leak, from snapshots of both
  seep export --pprof FILE            write a snapshot as stacks for pprof or flame graphs
  seep strip IN.heapsnapshot OUT      replace what strings say, to share a snapshot
  seep open FILE.heapsnapshot ...     look through snapshots in a browser
  seep ps                             list running processes that have a socket (SEEP_SOCKET=1)
  seep top [PID]                      follow them on the whole screen
  seep leaks PID                      show the last verdict of a running process
  seep check PID                      look for leaks in a running process now
  seep snapshot PID FILE              write a heap snapshot of a running process
  seep open PID                       look through a running process in a browser
  seep mcp                            let an agent find leaks (Model Context Protocol)
  seep demo                           show a leaking server, and then the same server, fixed

  --help         show this help, or after a command, its options and examples
  --version, -v  show the version

The detector reads its options from SEEP_* environment variables. They are listed in
docs/api.md, in seep's package.
Exit codes: 0 success, 1 failure, 2 usage error, 3 --fail-on-leak or verify found a leak,
4 --fail-on-leak could not judge every process, or verify cannot tell.
`

const COMMANDS = {
  run: `Runs a program, and every Node process that it starts, with the detector on.

  seep run [--json] [--fail-on-leak] -- COMMAND [ARGUMENT ...]

  --json          log JSON lines to stderr instead of text
  --fail-on-leak  exit with 3 if a leak is confirmed in any of the processes, or with 4 if a
                  process could not be captured at all (as with SEEP_ENABLED=0) or something
                  grew in every capture until the end, provided that the program itself exits
                  with 0. Captures every second and reports leaks at the end, unless
                  SEEP_INTERVAL_MS, SEEP_GATE and SEEP_LOG say otherwise

Examples:
  seep run -- node app.js
  SEEP_INTERVAL_MS=10000 seep run --json -- node --max-old-space-size=512 app.js
  seep run --fail-on-leak -- npm test

Exits with the program's exit code, with 128 plus the signal number if a signal ended it, or with
127 if it cannot be started. Signals are forwarded to the program.
`,
  analyze: `Prints the contents of a heap snapshot: what is suspect in it, the biggest objects by what holds
them, classes as Chrome DevTools counts them, and copies of strings.

  seep analyze [options] FILE.heapsnapshot[.gz|.zst]
  seep analyze [options] -               read from standard input

  --json        print one JSON object instead of tables
  --md          print Markdown, for an issue or a chat
  --limit N     show N rows of each table, 1 to 100 (20)
  --sort FIGURE sort classes by retained, own or count (retained)
  --only SET    count the objects of classes that nothing leads to (unreachable), or that only
                scopes of functions (contexts), detached nodes of a page (detached), its event
                handlers (eventHandlers) or the console of DevTools (console) hold
  --path ID     show what keeps this object alive: the path by which a person knows it, a shortest
                path from a root, and its retainers
  --class NAME  show the objects of this class
  --ids ID,ID   show the figures of these objects
  --contents    show the contents of duplicate strings, not just their length
  --no-holders  show no suspects and nothing by what holds it, which takes 40 % less CPU time and
                a third less memory

Examples:
  seep analyze Heap.20260102.heapsnapshot
  seep analyze --class Session --path 48211 Heap.20260102.heapsnapshot
  seep analyze --md --limit 5 Heap.20260102.heapsnapshot
  seep analyze --json Heap.20260102.heapsnapshot | jq '.classes[0]'

Exits with 1 if the file is not a snapshot, or if an object or class is not in it.
`,
  compare: `Finds leaks in snapshots of one process, oldest first.

  seep compare [--json] [--html FILE] [--fail-on-leak] [--keep-order]
               A.heapsnapshot[.gz|.zst] B.heapsnapshot[.gz|.zst] [...]

  --json          print one JSON object instead of text
  --html FILE     also write the report as a page with mode 0600; replaces an older page, but no
                  other file
  --fail-on-leak  exit with 3 if there is a leak
  --keep-order    keep the order of the files even if their times contradict it, for example
                  because they were copied

Examples:
  seep compare 1.heapsnapshot 2.heapsnapshot 3.heapsnapshot
  seep compare --fail-on-leak --json $(ls -tr *.heapsnapshot)
  seep compare --html leaks.html $(ls -tr *.heapsnapshot)

Exits with 1 if one of the files is not a snapshot.
`,
  verify: `Tells whether a fix ended the leaks of a program: compares snapshots from before the fix, then
snapshots from after it under the same load, and what grew with what still grows.

  seep verify [--json] [--leak ID] [--keep-order]
              BEFORE.heapsnapshot[.gz|.zst] ... -- AFTER.heapsnapshot[.gz|.zst] ...

  --json        print one JSON object instead of text
  --leak ID     judge only the leak with this fingerprint (the id of its report); by default,
                everything that grew has to have ended
  --keep-order  keep the order of the files even if their times contradict it, for example
                because they were copied

Takes three files or more on each side, oldest first.

Examples:
  seep verify before-*.heapsnapshot -- after-*.heapsnapshot
  seep verify --leak 3f1c0a9be2d47756 $(ls -tr old/*.heapsnapshot) -- $(ls -tr new/*.heapsnapshot)

Exits with 0 if every leak is gone, with 3 if one remains or is new, and with 4 if it cannot be
said: too few files, too short a time, or growth that is not confirmed.
`,
  strip: `Writes a snapshot again without values, so that it can be given to others: what strings say, and
the keys of dictionaries, becomes filler of the same length. Names of classes, functions,
variables, properties and files stay, and so do all figures.

  seep strip [--force] [--json] IN.heapsnapshot[.gz|.zst] OUT.heapsnapshot[.gz]

  --force  replace OUT if it exists
  --json   print one JSON object instead of text

Examples:
  seep strip Heap.20260102.heapsnapshot shared.heapsnapshot.gz

Numbers, such as sizes and indexes of arrays, stay. docs/sharing.md, in seep's package, says what
counts as a name. Exits with 1 if the file is not a snapshot or OUT cannot be written.
`,
  export: `Writes a snapshot as stacks, for tools that show profiles: by what holds the memory (a stack is
the path from a module, global or root to the objects), or by the code that allocated it.

  seep export --pprof | --folded | --speedscope [--allocations] [--output OUT]
              FILE.heapsnapshot[.gz|.zst]

  --pprof        for go tool pprof, Pyroscope, Parca: objects and bytes
  --folded       one line a stack with its bytes, for flamegraph.pl and inferno
  --speedscope   for speedscope.app: bytes, and objects
  --allocations  by the functions that allocated the objects; the snapshot must have been
                 recorded with stacks
  --output OUT   write to this file instead of standard output; -o for short

Examples:
  seep export --pprof -o heap.pb.gz Heap.20260102.heapsnapshot && go tool pprof -top heap.pb.gz
  seep export --folded Heap.20260102.heapsnapshot | flamegraph.pl > heap.svg

Bytes are those of the objects themselves; a tool adds up what is below a frame. Exits with 1 if the
file is not a snapshot.
`,
  open: `Shows what is in heap snapshots, in a browser: what holds the memory, classes, objects and what
keeps them, and what has changed between several.

  seep open [options] FILE.heapsnapshot[.gz|.zst] [...]  oldest first
  seep open [options] https://HOST/PATH-OF-THE-PAGE      a running process, through its status page
  seep open [options] PID                                a running process of this user (SEEP_SOCKET=1)

  --no-browser      do not open a browser; the address is printed either way
  --port PORT       listen on this port of 127.0.0.1 (default: a free one)
  --contents        allow to show what strings say, which comes from the program's memory
  --idle MINUTES    end when nobody has looked for so long (default: 60; 0 never ends)
  --keep-order      keep the order of the files even if their times contradict it
  --header 'NAME: VALUE'
                    send this header to the status page, for example to log in

Examples:
  seep open Heap.20260102.heapsnapshot
  seep open $(ls -tr *.heapsnapshot)
  seep open --header 'Authorization: Bearer abc' https://example.com/_seep

Only this machine can reach the page, and only with the token in the printed address. Ends with
Ctrl-C. Exits with 1 if a file cannot be read or a process does not send a snapshot.
`,
  ps: `Lists the running processes of this user that have a socket of seep.

  seep ps [--json]

  --json  print one JSON array, with more figures for each process

Shows for each process how long it has run, its last verdict, the used heap, the resident memory,
and the growth of its confirmed leaks. A Worker with a detector of its own is PID:THREAD.

A process has a socket if it was started with SEEP_SOCKET=1, or its detector with socket: true:
  SEEP_SOCKET=1 seep run -- node app.js
  SEEP_SOCKET=1 node --require seep/register app.js

It is in a folder that only its user can enter. Nobody else can reach it, and it opens no port.
`,
  top: `Follows running processes on the whole screen: verdicts, memory, leaks and what grows.

  seep top [PID]

Arrows select a process or a leak, enter opens it, the left arrow goes back, c looks for leaks
now, and q ends. NO_COLOR=1 switches colours off.

Examples:
  seep top
  seep top 4711

It asks each process every two seconds, which costs it about a millisecond. Needs a terminal;
scripts use seep ps --json. Exits with 1 if the process has no socket.
`,
  leaks: `Shows the last verdict of a running process, with every leak and suspect. Costs the process
nothing.

  seep leaks [--json] [--fail-on-leak] PID

  --json          print the check as one JSON object, or null if there is none yet
  --fail-on-leak  exit with 3 if a leak is confirmed

Examples:
  seep leaks 4711
  seep leaks --json 4711 | jq '.leaks[].title'

Exits with 1 if the process has no socket or does not answer.
`,
  check: `Looks for leaks in a running process now, and shows the verdict. The process takes one
snapshot, as in a round of its own; a verdict needs several, so check again later.

  seep check [--json] [--fail-on-leak] PID

  --json          print the check as one JSON object
  --fail-on-leak  exit with 3 if a leak is confirmed

Examples:
  seep check 4711
  seep check --fail-on-leak 4711

Exits with 1 if the process has no socket, does not answer, or could not take a snapshot.
`,
  snapshot: `Writes a heap snapshot of a running process to a file with mode 0600. A forked child of the
process writes it to this command, so the process continues and keeps no file of its own.

  seep snapshot PID FILE

Examples:
  seep snapshot 4711 now.heapsnapshot
  seep open now.heapsnapshot

Exits with 1 if the process has no socket or could not take a snapshot, or if FILE cannot be
written. An existing file is only replaced by a whole snapshot.
`,
  mcp: `Serves the Model Context Protocol on standard input and output, so that an agent can find leaks in
heap snapshots and in running processes.

  seep mcp [options]

  --root FOLDER  allow to read files below this folder; may be repeated (default: the working
                 directory)
  --heaps N      keep N heaps open at once, 1 to 16 (1); each takes more memory than its file
  --contents     allow to show what strings say, which comes from the program's memory

Examples:
  claude mcp add seep -- npx seep mcp
  seep mcp --root snapshots --root src

docs/mcp.md has the configuration of other clients, the tools and the limits. Ends when its input
ends. Exits with 2 if an option is wrong.
`,
  demo: `Shows a leaking server under load until seep reports the leak, and then the same server,
fixed, until seep reports that it is healthy. Takes about a minute.

  seep demo

Exits with 0 if both end this way.
`
}

module.exports = { COMMANDS, OVERVIEW }
