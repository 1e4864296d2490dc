import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '#libs/service';
import { EnvironmentError, UsageError } from '../../../../operations/environment.ts';
import { Form } from '../view/form.tsx';
import { Fragment, h } from '../view/html.ts';
import { barePage } from '../view/page.tsx';
import { ShownError, SignedOutError, SignInError } from './shown-error.ts';

/** Shows every error as a page; to a form that htmx sent, as a notice above the page with the form. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const isPartial = request.headers['hx-request'] !== undefined;
    if (thrown instanceof SignedOutError && !isPartial && request.method === 'GET') {
      return void reply.redirect(`/sign-in?to=${encodeURIComponent(request.url)}`, 303);
    }
    const error = shownOf(thrown, request);
    if (error.status >= 500) this.logger.error({ err: thrown, path: request.url.split('?')[0] }, 'page_failed');
    void reply.status(error.status).type('text/html; charset=utf-8');
    // Without the new target and selection, a page that updates itself would go on to show old figures.
    const swap = request.method === 'GET' ? 'innerMorph' : 'innerMorph show:top';
    const toNotice = { 'hx-retarget': '#notice', 'hx-reselect': '.notice', 'hx-reswap': swap, 'hx-push-url': 'false' };
    if (isPartial) void reply.headers(toNotice);
    const notice = (
      <div class="notice bad">
        <h1>{error.title}</h1>
        <p>{error.message}</p>
        <WayOut error={error} request={request} />
      </div>
    );
    void reply.send(isPartial ? notice.text : barePage(error.title, notice));
  }
}

function shownOf(error: unknown, { url }: FastifyRequest): ShownError {
  if (error instanceof ShownError) return error;
  if (error instanceof UsageError) return new ShownError(400, 'This is not possible', error.message);
  if (error instanceof EnvironmentError) return new ShownError(502, 'AWS does not answer as expected', error.message);
  if (error instanceof NotFoundException) return new ShownError(404, 'There is no such page', url);
  if (error instanceof HttpException)
    return new ShownError(error.getStatus(), 'The console cannot use this request', error.message);
  if (error instanceof Error && '$metadata' in error)
    return new ShownError(502, 'A call to AWS failed', `${error.name}: ${error.message}`);
  return new ShownError(500, 'This page failed', 'The log of the console says why.');
}

/** What the person can do now. */
function WayOut({ error, request: { method, url } }: { error: ShownError; request: FastifyRequest }) {
  const orderPath = /^\/orders\/\w+/.exec(url)?.[0];
  if (error instanceof SignedOutError)
    return (
      <p>
        <a href="/sign-in?to=/signed-in" target="_blank">
          Sign in again in a new tab
        </a>
        , then repeat this here: what you typed is still there.
      </p>
    );
  if (error instanceof SignInError) return <a href="/sign-in">Sign in</a>;
  if (error.status === 403) return <Form action="/sign-out" submit="Sign in as somebody else" />;
  if (method === 'GET')
    return (
      <p>
        <a href={url}>Try again</a> or <a href="/">go to the start</a>.
      </p>
    );
  // After a refusal, the person decides again with what the order has become.
  return orderPath ? <a href={orderPath}>Look at the order as it is now</a> : <></>;
}
