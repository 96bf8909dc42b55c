import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CheckCost, CheckReport, DetectorStatus, LeakDetector, LeakReport } from 'seep'

/**
 * The status page of a detector, as a request handler: for Express (`app.use('/_seep', guard, seepPage(detector))`),
 * Fastify, Koa and `node:http` alike. See docs/page.md.
 *
 * Anyone who can open the page sees names of classes, properties, functions and files of the program, and can start a
 * check. Mount it behind a guard of your own.
 *
 * | request                       | response                                                    |
 * | ----------------------------- | ----------------------------------------------------------- |
 * | `GET` the mount path          | the page; a {@link PageReport} if `Accept` prefers JSON     |
 * | `GET` `/report.json` below it | a {@link PageReport}                                        |
 * | `POST` from the page's button | starts a check                                              |
 * | `POST` from `seep open`       | a heap snapshot, with `allowSnapshot`                       |
 * | anything else                 | `next()`, or 404 if there is none                           |
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`: no detector, or an option of the wrong type; `ERR_INVALID_ARG_VALUE`: an unknown option
 * @throws {RangeError} `ERR_INVALID_ARG_VALUE`: a `mountPath` that is not a path
 */
export declare function seepPage(detector: LeakDetector, options?: SeepPageOptions): SeepPageHandler

export type SeepPageHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  /** Called for other paths, and with errors. */
  // biome-ignore lint/suspicious/noExplicitAny: frameworks differ in what they let be passed on
  next?: (error?: any) => void
) => void

export interface SeepPageOptions {
  /** Name of the program, for the heading. */
  name?: string | undefined
  /**
   * Whether the page has a button that starts a check.
   *
   * @default true
   */
  allowCheck?: boolean | undefined
  /**
   * Whether `seep open URL` may download a heap snapshot through the page. It contains every string of the process,
   * passwords and personal data included: turn it on only behind a guard that lets nobody in but those who may see all of
   * these.
   *
   * @default false
   */
  allowSnapshot?: boolean | undefined
  /**
   * Path of the page, such as `'/_seep'`, for servers that do not remove the mount path from `req.url`: `node:http`,
   * Fastify without middie, Koa. Express and Fastify's middie remove it.
   *
   * @default ''
   */
  mountPath?: string | undefined
}

/** The data of the page. */
export interface PageReport {
  schemaVersion: 1
  /** Version of seep. */
  seep: string
  /** Time of the request, ISO 8601. */
  at: string
  process: {
    pid: number
    host: string
    /** Version of Node. */
    node: string
    platform: string
    /** ISO 8601 */
    startedAt: string
  } | null
  /** Names of the snapshot files that were compared; null for a running process. */
  files: string[] | null
  status: Omit<DetectorStatus, 'lastCheck'> | null
  /** The last round with a verdict. */
  check: CheckReport | null
  /** Memory over time; null before `start()`. */
  memory: {
    /** Time between two samples, in milliseconds. */
    stepMs: number
    /** The latest samples, at most 720. */
    recent: MemorySeries
    /** The whole time since the start, at most 480 samples. */
    whole: MemorySeries
  } | null
  /** The latest rounds, oldest first, at most 200. */
  rounds: (PageCheck | PageSkip)[]
  /** Leaks that were confirmed and no longer grow, the latest first, at most 16. */
  earlier: { lastSeenAt: string; leak: LeakReport }[]
}

/** Columns of equal length. */
export interface MemorySeries {
  /** Milliseconds since the epoch. */
  at: number[]
  /** Used heap after the last major garbage collection. */
  floorBytes: number[]
  heapUsedBytes: number[]
  externalBytes: number[]
  rssBytes: number[]
}

export interface PageCheck {
  kind: 'check'
  /** ISO 8601 */
  at: string
  verdict: CheckReport['verdict']
  /** Number of confirmed leaks. */
  leaks: number
  /** Number of suspects. */
  suspects: number
  snapshot: CheckReport['snapshot']
  /** The main figures of `CheckCost`. */
  cost:
    | (Pick<
        CheckCost,
        | 'capture'
        | 'pauseMs'
        | 'captureMs'
        | 'analysisMs'
        | 'analysisCpuMs'
        | 'peakAnalysisBytes'
        | 'attempts'
      > & {
        child: Pick<
          NonNullable<CheckCost['child']>,
          'cpuMs' | 'privateBytes' | 'copiedBytes'
        > | null
      })
    | null
}

/** One or more rounds in a row that were skipped for the same reason. */
export interface PageSkip {
  kind: 'skip'
  /** Time of the last one, ISO 8601. */
  at: string
  code: string
  message: string
  count: number
}
