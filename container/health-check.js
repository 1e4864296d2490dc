// HEALTHCHECK of the images: whether the service on the port of this variable (or else this port) is ready, or, asked at
// another path, live. Within the 5 s that Docker and ECS leave it: a busy service answers late.
const [variable, port, path = '/health/ready'] = process.argv.slice(2);

try {
  const url = `http://127.0.0.1:${process.env[variable] || port}${path}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  // `docker inspect` tells it.
  if (!answer.ok) process.stdout.write(`${answer.status} ${await answer.text()}\n`);
  process.exit(answer.ok ? 0 : 1);
} catch (error) {
  process.stdout.write(`${String(error)}\n`);
  process.exit(1);
}
