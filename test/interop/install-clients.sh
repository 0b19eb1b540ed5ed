#!/usr/bin/env bash
# Installs the clients that the interoperability tests use, and prints the version of each.
#
#   install-clients.sh [--bench] [CLIENT...]      default: every client
#   CLIENT: aws-cli skopeo podman buildah docker oras crane notation rootfs
#
# Debian packages go where Debian puts them; everything else goes under $XDG_CACHE_HOME/sealport-clients, outside
# the repository. What is already there is left as it is, so a second run takes a moment. --bench adds the servers
# and load tools that benchmarks compare with. Ends with 1 when something that was asked for is not there at the end.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${SEALPORT_CLIENTS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/sealport-clients}
awscli_version=1.46.3
debian_suite=bookworm
debian_mirror=${SEALPORT_DEBIAN_MIRROR:-http://deb.debian.org/debian}

bench=no
wanted=()
for argument in "$@"; do
  case $argument in
    --bench) bench=yes ;;
    aws-cli | skopeo | podman | buildah | docker | oras | crane | notation | rootfs) wanted+=("$argument") ;;
    *)
      echo "install-clients: unknown argument '$argument'" >&2
      exit 2
      ;;
  esac
done
if [ ${#wanted[@]} = 0 ]; then
  wanted=(aws-cli skopeo podman buildah docker oras crane notation rootfs)
fi

mkdir -p "$cache/bin" || exit 1
exec 9>"$cache/lock"
flock 9 # two runs at a time would fight over the same files

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo -n "$@"; else
    echo "install-clients: root is needed for: $*" >&2
    return 1
  fi
}

# --- Debian packages: one apt run for all that is missing
packages=()
need() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || packages+=("$2"); }
for client in "${wanted[@]}"; do
  case $client in
    skopeo | podman | buildah) need "$client" "$client" ;;
    docker) need dockerd docker.io ;;
    rootfs) need debootstrap debootstrap ;;
    notation) ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || packages+=(libfaketime) ;; # its tests look at signatures of another day
  esac
done
if [ $bench = yes ]; then
  need wrk wrk
  need ab apache2-utils
  need docker-registry docker-registry
  need nginx nginx-light
fi
if [ ${#packages[@]} != 0 ]; then
  echo "installing Debian packages: ${packages[*]}"
  as_root apt-get -qq -o Acquire::Retries=3 update || echo "install-clients: apt-get update failed" >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o Acquire::Retries=3 \
    install "${packages[@]}" >"$cache/apt.log" 2>&1 || tail -n 20 "$cache/apt.log" >&2
fi

# --- Go programs: each in a module of its own, so that it is built with exactly the dependencies it was released
# with; go.sum pins their content.
build_go() { # name package
  local sum
  sum=$(cat "$here/clients/$1/go.mod" "$here/clients/$1/go.sum" | sha256sum | cut -d' ' -f1)
  if [ -x "$cache/bin/$1" ] && [ "$(cat "$cache/bin/.$1.sum" 2>/dev/null)" = "$sum" ]; then return 0; fi
  if ! command -v go >/dev/null; then
    echo "install-clients: $1 is built with Go 1.24 or newer, and there is no go command" >&2
    return 1
  fi
  (cd "$here/clients/$1" && CGO_ENABLED=0 GOFLAGS='-mod=readonly -buildvcs=false' go build -trimpath -o "$cache/bin/$1.new" "$2") &&
    mv "$cache/bin/$1.new" "$cache/bin/$1" && echo "$sum" >"$cache/bin/.$1.sum"
}

# --- aws-cli: a Python environment of its own
install_aws() {
  local home="$cache/aws-cli-$awscli_version" python
  if [ ! -x "$home/bin/aws" ]; then
    for python in python3 /usr/bin/python3; do
      rm -rf "$home"
      "$python" -m venv "$home" && break
    done
    "$home/bin/pip" install --quiet --disable-pip-version-check --retries 5 "awscli==$awscli_version" || {
      rm -rf "$home"
      return 1
    }
  fi
  ln -sfn "$home/bin/aws" "$cache/bin/aws"
}

# --- the root file system of Debian that the test image is made of, for two platforms. Unpacking is enough for an
# image that is only moved about, and it needs no emulator for the foreign one.
make_rootfs() { # debian-architecture
  local tar="$cache/rootfs-$debian_suite-$1.tar" tree
  [ -s "$tar" ] && return 0
  tree=$(mktemp -d "$cache/rootfs.XXXXXX") || return 1
  if as_root debootstrap --variant=minbase --foreign --arch="$1" "$debian_suite" "$tree" "$debian_mirror" >"$cache/debootstrap-$1.log" 2>&1; then
    as_root rm -rf "$tree/debootstrap" "$tree/var/cache/apt/archives" "$tree/usr/share/doc" "$tree/usr/share/locale" "$tree/usr/share/man"
    as_root tar --sort=name --numeric-owner -C "$tree" --exclude=./dev/* --exclude=./proc/* -cf "$tar.new" . && mv "$tar.new" "$tar"
  else
    tail -n 20 "$cache/debootstrap-$1.log" >&2
  fi
  as_root rm -rf "$tree"
  [ -s "$tar" ]
}

failed=()
report() { # name command...
  local name=$1 text
  shift
  if text=$("$@" 2>&1); then
    printf '%-9s %s\n' "$name" "$(printf '%s\n' "$text" | grep -i -m1 '[0-9]\.[0-9]')"
  else
    printf '%-9s MISSING: %s\n' "$name" "$(printf '%s\n' "$text" | tail -n 1)"
    failed+=("$name")
  fi
}
export PATH="$PATH:/usr/sbin"
for client in "${wanted[@]}"; do
  case $client in
    skopeo | podman | buildah) report "$client" "$client" --version ;;
    docker) report docker dockerd --version ;;
    oras)
      build_go oras oras.land/oras/cmd/oras
      report oras "$cache/bin/oras" version
      ;;
    crane)
      build_go crane github.com/google/go-containerregistry/cmd/crane
      report crane "$cache/bin/crane" version
      ;;
    notation)
      build_go notation github.com/notaryproject/notation/cmd/notation
      report notation "$cache/bin/notation" version
      ;;
    aws-cli)
      install_aws
      report aws-cli "$cache/bin/aws" --version
      ;;
    rootfs)
      for architecture in amd64 arm64; do
        if make_rootfs "$architecture"; then
          printf '%-9s debian %s %s, %s MB\n' rootfs "$debian_suite" "$architecture" \
            "$(du -m "$cache/rootfs-$debian_suite-$architecture.tar" | cut -f1)"
        else
          echo "rootfs    MISSING: debian $debian_suite $architecture"
          failed+=("rootfs-$architecture")
        fi
      done
      ;;
  esac
done
if [ $bench = yes ]; then
  report wrk sh -c 'wrk -v 2>&1 | head -n 1'
  report ab ab -V
  report registry docker-registry --version
  report nginx nginx -v
fi

if [ ${#failed[@]} != 0 ]; then
  echo "install-clients: not there: ${failed[*]}" >&2
  exit 1
fi
