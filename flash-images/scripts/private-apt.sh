# shellcheck shell=sh
# For scripts that fetch Debian's packages, to be sourced: apt in a folder of its own. The machine's apt configuration
# is read and never written; nothing is installed. The caller sets $work, an empty folder, before it calls anything.
# With $architecture set, packages of that architecture are meant, whatever the machine's own.

# apt_sources KIND: the machine's own package sources, as lines of KIND (deb or deb-src).
apt_sources() {
  mkdir -p "$work/apt/parts" "$work/apt/state/lists/partial" "$work/apt/cache/archives/partial" "$work/download"
  : > "$work/apt/status"
  : > "$work/apt/sources.list"
  wanted='deb'
  [ "$1" = deb ] || wanted='deb\(-src\)\{0,1\}'
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -r "$list" ] || continue
    sed -n "s/^[[:space:]]*$wanted[[:space:]]/$1 /p" "$list" >> "$work/apt/sources.list"
  done
  for list in /etc/apt/sources.list.d/*.sources; do
    [ -r "$list" ] || continue
    sed "s/^Types:.*/Types: $1/" "$list" > "$work/apt/parts/$(basename "$list")"
  done
}

# private_apt TOOL ARGUMENT...: apt-get or apt-cache there; after a failure the end of what it said on standard error.
private_apt() {
  tool=$1
  shift
  "$tool" -qq \
    ${architecture:+-o APT::Architecture="$architecture" -o APT::Architectures="$architecture"} \
    -o Dir::State="$work/apt/state" -o Dir::State::status="$work/apt/status" -o Dir::Cache="$work/apt/cache" \
    -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts="$work/apt/parts" \
    -o APT::Sandbox::User="$(id -un)" "$@" 2>> "$work/apt.log" || { tail -n 5 "$work/apt.log" >&2; return 1; }
}

# enter_cache: makes $folder and $work in it. Of two scripts at once one waits for the other, and what a killed one left is taken away:
# its working folders, and, where it was killed while it replaced "files", the files from before.
enter_cache() {
  mkdir -p "$folder"
  exec 9> "$folder/lock"
  flock 9
  if [ ! -e "$folder/files" ] && [ -e "$folder/files.old" ]; then mv "$folder/files.old" "$folder/files"; fi
  rm -rf "$folder"/work.*
  work=$(mktemp -d "$folder/work.XXXXXX")
}

# replace_files: $work/new becomes $folder/files. Whenever this is killed, enter_cache finds the old files or the new ones whole.
replace_files() {
  if [ -e "$folder/files" ]; then
    rm -rf "$folder/files.old"
    mv "$folder/files" "$folder/files.old"
  fi
  mv "$work/new" "$folder/files"
  rm -rf "$folder/files.old"
}
