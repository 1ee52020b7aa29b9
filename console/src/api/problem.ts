// What can go wrong with a call, as one type: the server's problem document (RFC 9457), or that no answer came.

import type { components } from './generated';

type ProblemBody = components['schemas']['Problem'];

/** A call that failed. `code` is stable; `message` is made for people. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly retryable: boolean;
  /** The fields at fault, by their names in the request. */
  readonly fields: ReadonlyMap<string, string>;
  /** The ways to show who one is that would do. */
  readonly methods: readonly string[];
  /** Seconds to wait before it is tried again. */
  readonly retryAfter: number | null;

  constructor(body: Partial<ProblemBody> & { status: number; code: string; detail: string }, retryAfter: number | null = null) {
    super(body.detail);
    this.status = body.status;
    this.code = body.code;
    this.requestId = body.request_id ?? null;
    this.retryable = body.retryable ?? false;
    this.fields = new Map((body.errors ?? []).map((error) => [error.param, error.detail]));
    this.methods = body.methods ?? [];
    this.retryAfter = retryAfter;
  }

  /** Whether the server may have done what was asked although no answer came. */
  get isUncertain(): boolean {
    return this.status === 0 || this.status >= 502;
  }
}

/** No answer: the network is away, the server is, or the request was given up. */
export function unreachable(): ApiProblem {
  return new ApiProblem({ status: 0, code: 'unreachable', detail: 'PayFlow cannot be reached.', retryable: true });
}

/** The problem that an answer tells of, whatever its body is. */
export function problemOf(response: Response, body: unknown): ApiProblem {
  const after = Number(response.headers.get('retry-after'));
  const retryAfter = Number.isFinite(after) && after > 0 ? after : null;
  if (isProblem(body)) return new ApiProblem(body, retryAfter);
  return new ApiProblem(
    {
      status: response.status,
      code: 'unexpected_answer',
      detail: `The server answered ${response.status}.`,
      request_id: response.headers.get('x-request-id'),
      retryable: response.status >= 500,
    },
    retryAfter,
  );
}

function isProblem(body: unknown): body is ProblemBody {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'status' in body;
}

/** Any thrown value as a problem. */
export function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem({ status: 0, code: 'unexpected', detail: error instanceof Error ? error.message : String(error) });
}
