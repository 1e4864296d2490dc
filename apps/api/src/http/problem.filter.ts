import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '#libs/service';
import { LOGGER } from '../logger.ts';
import { frameworkStatus, problemOfError } from './problem-of-error.ts';
import { Problem } from './problem.ts';

/** Answers every failure of a request as problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = problemOf(error, request);
    // A client that has gone in the middle of its request is no failure of ours.
    if (problem.status >= 500 && !request.raw.destroyed)
      this.logger.error({ err: error, traceId: request.traceId }, 'request_failed');
    request.problemKind = problem.kind;
    void reply
      .status(problem.status)
      .headers({ ...problem.headers, 'content-type': 'application/problem+json; charset=utf-8' })
      .send(JSON.stringify(problem.details(request.url)));
  }
}

function problemOf(error: unknown, request: FastifyRequest): Problem {
  // Our own code throws problems; a bare 404 is the router's, a 403 that of a path beside the files of the documents.
  if (error instanceof Problem || ![403, 404].includes(frameworkStatus(error))) return problemOfError(error);
  return new Problem('not-found', `${request.method} ${request.url.split('?')[0]} is not served here`);
}
