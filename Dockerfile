FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/footnote \
 && /opt/footnote/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
# setuptools is in the lock file: nothing is fetched to build the package itself.
RUN /opt/footnote/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
RUN useradd --create-home --uid 10001 footnote \
 && install -d -o footnote -g footnote /documents /store
COPY --from=build /opt/footnote /opt/footnote
ENV PATH=/opt/footnote/bin:$PATH QA_DOCUMENTS=/documents QA_STORE=/store QA_HOST=0.0.0.0
USER 10001
WORKDIR /home/footnote
VOLUME ["/documents", "/store"]
EXPOSE 7860
# The sign-in page answers without a password.
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/login', timeout=4)"]
# Open to other machines, so it starts only with QA_AUTH=user:password.
CMD ["python", "-m", "app"]
