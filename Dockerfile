FROM python:3.13-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt .
COPY .deploy/requirements.txt .deploy/
RUN pip install --no-cache-dir --require-hashes -r requirements.txt -r .deploy/requirements.txt
COPY app.py LICENSE ./
COPY .streamlit/config.toml .streamlit/
COPY pricing pricing
COPY baselines baselines
COPY advisor advisor
RUN chmod -R a+rX . \
    && python -m compileall -q . \
    && install -d -o 10001 -g 10001 -m 700 /data
USER 10001:10001
ENV HOME=/data ADVISOR_HOME=/data OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8501
HEALTHCHECK --start-period=60s --interval=30s --timeout=5s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
# Told an address to print, Streamlit does not ask the internet for one.
CMD ["streamlit", "run", "app.py", "--server.headless=true", "--server.address=0.0.0.0", "--browser.serverAddress=localhost", \
    "--server.fileWatcherType=none"]
