#!/bin/busybox sh
# The first process of an emulated machine's dom0: starts Xen's toolstack, and creates what a runner put into /guests, one
# after another: NAME.cfg, and what that names. What a guest says on its console goes to ttyS1, and so does why there
# is none; what Xen and dom0's kernel have to say is on their console. Ends the machine.
export PATH=/bin:/sbin LD_LIBRARY_PATH=/lib
/bin/busybox mkdir -p /proc /sys /dev /tmp /sbin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /etc/xen /run/xen /run/xenstored /var/lib/xen /var/lib/xenstored /var/lock /var/log/xen
mount -t devpts devpts /dev/pts
ln -s /run /var/run
: > /etc/xen/xl.conf
for module in /modules/*.ko; do insmod "$module"; done
mount -t xenfs xenfs /proc/xen
stty -F /dev/ttyS1 115200 raw -echo

fail() {
  echo "dom0: $1" > /dev/ttyS1
  poweroff -f
}

xenstored --pid-file /run/xenstored.pid || fail "xenstored does not start"
tries=0
until xenstore write /strata here 2> /tmp/error; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || fail "xenstored does not answer: $(cat /tmp/error)"
  sleep 0.1
done
xen-init-dom0 > /tmp/error 2>&1 || fail "xen-init-dom0: $(cat /tmp/error)"
xenconsoled --pid-file=/run/xenconsoled.pid || fail "xenconsoled does not start"

# A guest that gives no marks: the counter before the toolstack's exec, and when its console says the text, or it has ended.
# Its console is a pipe that nobody need read to its end.
watch() {
  export text="$(cat "${1%.cfg}.until")"
  mkfifo /tmp/console
  counter counter 3> /dev/null > /dev/ttyS1
  { xl create -q -c "$1" 2> /tmp/error < /dev/null || touch /tmp/failed; } > /tmp/console &
  awk '{ print; fflush() } ENVIRON["text"] != "" && index($0, ENVIRON["text"]) { found = 1; exit }
    END { exit !found }' < /tmp/console > /dev/ttyS1
  found=$?
  counter counter 3> /dev/null > /tmp/after
  if [ $found != 0 ]; then
    [ ! -e /tmp/failed ] || fail "xl create: $(tail -n 1 /tmp/error)"
    [ -z "$text" ] || fail "the guest ended without '$text' on its console"
  fi
  cat /tmp/after > /dev/ttyS1
}

for guest in /guests/*.cfg; do
  if [ -e "${guest%.cfg}.until" ]; then
    watch "$guest"
    poweroff -f
  fi
  xl create -q -c "$guest" > /dev/ttyS1 2> /tmp/error < /dev/null || fail "xl create: $(tail -n 1 /tmp/error)"
done
poweroff -f
