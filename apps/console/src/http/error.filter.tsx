import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '#libs/service';
import { EnvironmentError, UsageError } from '../../../../operations/environment.ts';
import { ApiProblem, ApiSilentError } from '../orders/orders-api.ts';
import { SignInError } from '../session/issuer.ts';
import { ForbiddenError, SignedOutError } from '../session/visit.ts';
import { type Child, h } from '../view/html.ts';
import { barePage } from '../view/page.tsx';

interface Shown {
  status: number;
  title: string;
  detail: string;
  more?: Child;
}

/** Shows every error as a page; to a form that htmx sent, as a notice above the page with the form. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const isPartial = request.headers['hx-request'] !== undefined;
    if (error instanceof SignedOutError && !isPartial && request.method === 'GET') {
      return void reply.redirect(`/sign-in?to=${encodeURIComponent(request.url)}`, 303);
    }
    const shown = shownOf(error, request);
    if (shown.status >= 500) this.logger.error({ err: error, path: request.url.split('?')[0] }, 'page_failed');
    void reply.status(shown.status).type('text/html; charset=utf-8');
    if (isPartial)
      void reply.headers({ 'hx-retarget': '#notice', 'hx-reswap': 'innerHTML show:top', 'hx-push-url': 'false' });
    const notice = <Notice {...shown} />;
    void reply.send(isPartial ? notice.text : barePage(shown.title, notice));
  }
}

function Notice({ title, detail, more }: Shown) {
  return (
    <div class="notice bad">
      <h1>{title}</h1>
      <p>{detail}</p>
      {more}
    </div>
  );
}

function shownOf(error: unknown, { url, method }: FastifyRequest): Shown {
  const again = method === 'GET' && (
    <p>
      <a href={url}>Try again</a> or <a href="/">go to the start</a>.
    </p>
  );
  if (error instanceof SignedOutError) {
    const more = (
      <p>
        <a href="/sign-in?to=/signed-in" target="_blank">
          Sign in again in a new tab
        </a>
        , then repeat this here: what you typed is still there.
      </p>
    );
    return { status: 401, title: 'Your session has ended', detail: 'You are not signed in any more.', more };
  }
  if (error instanceof ForbiddenError)
    return { status: 403, title: 'You may not see this', detail: error.message, more: <SignOut /> };
  const orderPath = /^\/orders\/\w+/.exec(url)?.[0];
  if (error instanceof ApiProblem)
    return {
      status: error.status,
      title: error.title,
      detail: error.message,
      more: error.status === 401 ? <SignOut /> : again || (orderPath && <OrderNow path={orderPath} />),
    };
  if (error instanceof ApiSilentError)
    return { status: 504, title: 'The api does not answer', detail: error.message, more: again };
  if (error instanceof SignInError)
    return {
      status: 502,
      title: 'You could not be signed in',
      detail: error.message,
      more: (
        <p>
          <a href="/sign-in">Sign in</a>
        </p>
      ),
    };
  if (error instanceof UsageError)
    return { status: 400, title: 'This is not possible', detail: error.message, more: again };
  if (error instanceof EnvironmentError)
    return { status: 502, title: 'AWS does not answer as expected', detail: error.message, more: again };
  if (error instanceof HttpException)
    return { status: error.getStatus(), title: 'There is no such page', detail: url, more: again };
  if (error instanceof Error && '$metadata' in error)
    return { status: 502, title: 'A call to AWS failed', detail: `${error.name}: ${error.message}`, more: again };
  return { status: 500, title: 'This page failed', detail: 'The log of the console says why.', more: again };
}

/** After a refusal: the person decides again with what the order has become. */
function OrderNow({ path }: { path: string }) {
  return (
    <p>
      <a href={path}>Look at the order as it is now</a>
    </p>
  );
}

function SignOut() {
  return (
    <form method="post" action="/sign-out">
      <button>Sign in as somebody else</button>
    </form>
  );
}
