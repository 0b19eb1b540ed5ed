#!/usr/bin/env bash
# Installs the clients that the interoperability tests use, and prints the version of each.
#
#   install-clients.sh [--bench] [CLIENT...]      default: every client
#   CLIENT: aws-cli skopeo podman buildah docker docker-containerd ctr oras crane notation cosign oci-conformance rootfs
#
# Debian packages go where Debian puts them; everything else goes under $XDG_CACHE_HOME/sealport-clients, outside
# the repository. What is already there is left as it is, so a second run takes a moment. --bench adds the servers
# and load tools that benchmarks compare with. Ends with 1 when something that was asked for is not there at the end.
# No mirror is named here: all that is Debian's comes from where the machine's own apt gets its packages.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${SEALPORT_CLIENTS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/sealport-clients}
awscli_version=1.46.3
debian_suite=bookworm
next_suite=trixie # its Docker engine keeps images in containerd's store
all=(aws-cli skopeo podman buildah docker docker-containerd ctr oras crane notation cosign oci-conformance rootfs)

bench=no
wanted=()
for argument in "$@"; do
  case $argument in
    --bench) bench=yes ;;
    *)
      if [[ " ${all[*]} " != *" $argument "* ]]; then
        echo "install-clients: unknown argument '$argument'" >&2
        exit 2
      fi
      wanted+=("$argument")
      ;;
  esac
done
[ ${#wanted[@]} != 0 ] || wanted=("${all[@]}")

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

# The mirror that apt takes Debian's packages from; security and update archives are others.
debian_mirror() {
  apt-get indextargets --format '$(COMPONENT) $(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    sed -n 's|^main [a-z]* \(.*\)$|\1|p' | head -n 1
}

# --- the Docker engine and containerd of the next Debian, unpacked beside the system, which stays as it is: its programs run on this
# one too. apt gets lists and a cache of its own.
docker_home="$cache/docker-$next_suite"
install_next_docker() {
  local apt="$docker_home.new" mirror deb
  [ -x "$docker_home/usr/sbin/dockerd" ] && return 0
  mirror=$(debian_mirror)
  rm -rf "$apt" && mkdir -p "$apt"/{lists/partial,archives/partial,debs,root} || return 1
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $next_suite main" >"$apt/sources.list"
  local options=(-qq -o Acquire::Retries=3 -o APT::Sandbox::User=root
    -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt" -o Dir::Cache::Archives="$apt/archives")
  (apt-get "${options[@]}" update && cd "$apt/debs" &&
    apt-get "${options[@]}" download docker.io docker-cli containerd runc) >"$cache/apt-$next_suite.log" 2>&1 || {
    tail -n 20 "$cache/apt-$next_suite.log" >&2
    return 1
  }
  for deb in "$apt"/debs/*.deb; do dpkg -x "$deb" "$apt/root" || return 1; done
  rm -rf "$docker_home" && mv "$apt/root" "$docker_home" && rm -rf "$apt"
}

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
  if as_root debootstrap --variant=minbase --foreign --arch="$1" "$debian_suite" "$tree" "$(debian_mirror)" >"$cache/debootstrap-$1.log" 2>&1; then
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
    printf '%-17s %s\n' "$name" "$(printf '%s\n' "$text" | grep -i -m1 '[0-9]\.[0-9]')"
  else
    printf '%-17s MISSING: %s\n' "$name" "$(printf '%s\n' "$text" | tail -n 1)"
    failed+=("$name")
  fi
}
export PATH="$PATH:/usr/sbin"
# These wait for the network while the Go programs are built.
if [[ " ${wanted[*]} " = *" rootfs "* ]]; then
  for architecture in amd64 arm64; do make_rootfs "$architecture" & done
fi
for client in "${wanted[@]}"; do
  case $client in
    skopeo | podman | buildah) report "$client" "$client" --version ;;
    docker) report docker dockerd --version ;;
    docker-containerd)
      install_next_docker
      report docker-containerd "$docker_home/usr/sbin/dockerd" --version
      ;;
    ctr)
      install_next_docker
      report ctr "$docker_home/usr/bin/ctr" --version
      ;;
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
    cosign)
      build_go cosign github.com/sigstore/cosign/v2/cmd/cosign
      report cosign "$cache/bin/cosign" version
      ;;
    oci-conformance)
      build_go oci-conformance github.com/opencontainers/distribution-spec/conformance
      # The program does not tell its version: the module that is built into it does.
      report oci-conformance bash -c 'go version -m "$1" | grep distribution-spec/conformance | grep -o "v[0-9]*[.][^[:space:]]*"' \
        - "$cache/bin/oci-conformance"
      ;;
    aws-cli)
      install_aws
      report aws-cli "$cache/bin/aws" --version
      ;;
    rootfs)
      wait
      for architecture in amd64 arm64; do
        if make_rootfs "$architecture"; then
          printf '%-17s debian %s %s, %s MB\n' rootfs "$debian_suite" "$architecture" \
            "$(du -m "$cache/rootfs-$debian_suite-$architecture.tar" | cut -f1)"
        else
          echo "rootfs            MISSING: debian $debian_suite $architecture"
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
  build_go distribution github.com/distribution/distribution/v3/cmd/registry
  report registry3 "$cache/bin/distribution" --version
  report nginx nginx -v
fi

if [ ${#failed[@]} != 0 ]; then
  echo "install-clients: not there: ${failed[*]}" >&2
  exit 1
fi
