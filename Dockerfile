# Replywright in a container: no build step, no root, the data in one volume.
#
#   docker build -t replywright .
#   docker run --rm -p 127.0.0.1:4180:4180 -v replywright:/data replywright
#
# runs the sandbox on the built-in PostgreSQL. For a real mailbox, mount the folder with
# replywright.yaml (and prompts/ and policies/, if they are your own) on /shop; give secrets as
# environment variables or as <NAME>_FILE. With DATABASE_URL, an outside PostgreSQL is used.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`, which wants every optional package of every platform in the lock file; the versions
# are the locked ones all the same.
RUN npm install --omit=dev --no-save && npm cache clean --force

FROM node:24-slim
# The built-in PostgreSQL wants a time zone database and a UTF-8 locale; C.UTF-8 is always there.
ENV NODE_ENV=production \
    LANG=C.UTF-8 \
    REPLYWRIGHT_HOST=0.0.0.0 \
    REPLYWRIGHT_DATA=/data
COPY --from=dependencies /app/node_modules /app/node_modules
COPY package.json LICENSE replywright.example.yaml /app/
COPY src /app/src
COPY prompts /app/prompts
COPY policies /app/policies
RUN ln -s /app/src/main.ts /usr/local/bin/replywright \
    && chmod 755 /app/src/main.ts \
    && install -d -o node -g node -m 700 /data \
    && install -d -o node -g node /shop
USER node
WORKDIR /shop
VOLUME /data
EXPOSE 4180
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.REPLYWRIGHT_PORT || 4180}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node runs as process 1 and answers SIGTERM itself: it finishes what is under way.
STOPSIGNAL SIGTERM
CMD ["replywright", "start"]
