// HEALTHCHECK of the images: node health-check.js VARIABLE PORT [PATH]. Calls the service on the port that the variable sets, by
// default PORT. The time limit is below the 5 s of Docker and ECS, because a busy service answers late.
const [variable, port, path = '/health/ready'] = process.argv.slice(2);

try {
  const url = `http://127.0.0.1:${process.env[variable] || port}${path}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  // `docker inspect` shows it.
  if (!answer.ok) process.stdout.write(`${answer.status} ${await answer.text()}\n`);
  process.exit(answer.ok ? 0 : 1);
} catch (error) {
  process.stdout.write(`${String(error)}\n`);
  process.exit(1);
}
