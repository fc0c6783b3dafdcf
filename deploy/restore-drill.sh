#!/usr/bin/env bash
# 恢复演练 · The newest backup, into a database and a folder of their own, every byte read back; then both are removed.
# sudo deploy/restore-drill.sh [FOLDER OF BACKUPS]
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
backups=$(readlink -f "${1:-/var/backups/fieldwork}")
database=fieldwork_drill_$$
folder=$(mktemp -d)

clean_up() {
    runuser -u postgres -- dropdb --if-exists --force "$database"
    rm -rf "$folder"
}
trap clean_up EXIT

chown fieldwork "$folder"
runuser -u postgres -- createdb --owner fieldwork --template template0 --encoding UTF8 --locale C.UTF-8 "$database"
configured=$(sed -n 's/^DATABASE_URL=//p' "${FIELDWORK_ENV_FILE:-/etc/fieldwork/env}")
export DATABASE_URL="${configured%/*}/$database" FIELDWORK_DATA_DIR="$folder"
"$here/manage" restore "$backups" --thorough
"$here/manage" migrate --check >/dev/null || echo "migrations would be to apply"
echo "演练通过 · the drill has passed"
