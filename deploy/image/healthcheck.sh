#!/bin/bash
# Health inside the image, which has neither curl nor wget: bash's own TCP asks /healthz. Exit 0 for 200, 1 otherwise.
set -eu

port=${BYSTANDER_HEALTH_PORT:-9464}
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r -t 4 _ code _ <&3
[ "$code" = 200 ]
