import { Body, Controller, Get, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ROLES, STAFF_ROLES } from '#libs/orders';
import { SignInError } from '../http/shown-error.ts';
import { Form, LinkButton, Select } from '../view/form.tsx';
import { Fragment, h } from '../view/html.ts';
import { barePage, page, startOf } from '../view/page.tsx';
import { Issuer } from './issuer.ts';
import { localPath, type Session, Sessions } from './sessions.ts';
import { CurrentVisit, StaffGuard, type Visit } from './visit.ts';

const SIGN_IN_MS = 10 * 60_000;

@Controller()
export class SignInController {
  constructor(
    private readonly issuer: Issuer,
    private readonly sessions: Sessions,
  ) {}

  @Get('sign-in')
  choose(@Query('to') to = '/') {
    return signInPage(this.issuer.isForDevelopment, to);
  }

  @Post('sign-in/development')
  async development(
    @Body() { role, to = '/' }: Record<string, string>,
    @Req() { headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (!this.issuer.isForDevelopment) throw new SignInError('this console has a real token issuer');
    const session = await this.issuer.developmentSession(role ? [role] : STAFF_ROLES);
    return this.signIn(reply, session, to, headers.cookie);
  }

  @Get('sign-in/issuer')
  async atIssuer(
    @Query('to') to = '/',
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { url, pending } = await this.issuer.signInPage(redirectUri(request), to);
    const cookie = this.sessions.signIns.add(pending, Date.now() + SIGN_IN_MS, request.headers.cookie);
    void reply.header('set-cookie', cookie).redirect(url, 303);
  }

  @Get('sign-in/callback')
  async callback(
    @Query() answer: Record<string, string>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { cookie } = request.headers;
    const pending = this.sessions.signIns.find(cookie);
    if (!pending) throw new SignInError('the sign-in took longer than ten minutes: start again');
    const session = await this.issuer.session(answer, redirectUri(request), pending);
    void reply.header('set-cookie', this.sessions.signIns.end(cookie));
    return this.signIn(reply, session, pending.returnTo, cookie);
  }

  @Post('sign-out')
  signOut(@Req() { headers }: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    void reply.header('set-cookie', this.sessions.people.end(headers.cookie)).redirect('/sign-in', 303);
  }

  /** For the tab in which somebody signed in again, to go on in the one before. */
  @Get('signed-in')
  @UseGuards(StaffGuard)
  signedIn(@CurrentVisit() visit: Visit) {
    return page(visit, 'Signed in', <h1>You are signed in. Go back to the other tab.</h1>);
  }

  private signIn(reply: FastifyReply, session: Session, to: string, cookies: string | undefined): void {
    const path = localPath(to);
    void reply
      .header('set-cookie', this.sessions.people.add(session, session.expiresAtMs, cookies))
      .redirect(path === '/' ? startOf(session) : path, 303);
  }
}

function redirectUri({ host }: FastifyRequest): string {
  return `http://${host}/sign-in/callback`;
}

function signInPage(isForDevelopment: boolean, to: string): string {
  const action = '/sign-in/development';
  return barePage(
    'Sign in',
    <div class="panel narrow">
      <h1>Sign in</h1>
      {isForDevelopment ? (
        <>
          <p>This console runs on your machine, with a token issuer for development.</p>
          <Form action={action} hidden={{ to }} submit="Sign in as development operator" />
          <details>
            <summary>With only one role</summary>
            <Form action={action} hidden={{ to }} submit="Sign in">
              <Select label="Role" name="role" options={Object.fromEntries(ROLES.map((role) => [role, role]))} />
            </Form>
          </details>
        </>
      ) : (
        <LinkButton kind="primary" href={`/sign-in/issuer?to=${encodeURIComponent(to)}`}>
          Sign in with your staff account
        </LinkButton>
      )}
    </div>,
  );
}
