#!/bin/busybox sh
# The first process of the Xen runner's dom0: starts the toolstack's daemons, creates the guest that a runner put into
# /guest (config, and what that names), and hands on what it says. Serial ports: ttyS1 takes the guest's answers,
# ttyS2 its marks, a byte each; the console (Xen's) takes everything else.
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
stty -F /dev/ttyS2 115200 raw -echo

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
xenconsoled --log=guest --log-dir=/var/log/xen --pid-file=/run/xenconsoled.pid || fail "xenconsoled does not start"

free() { xl info | sed -n 's/^free_memory *: //p'; }

# A guest's line as the harness takes it: a mark is a byte of its own.
hand_on() {
  line=${1%$(printf '\r')}
  case $line in
  "mark "?" tsc="*)
    mark=${line#mark }
    printf %s "${mark%% *}" >&4
    echo "$line" >&5
    ;;
  *) echo "$line" >&5 ;;
  esac
}

exec 4> /dev/ttyS2 5> /dev/ttyS1
echo "free $(free)" >&5
/guest/counter counter 3> /dev/null | sed -n "s/^counter ns=\([0-9]*\) .*/create tsc=\1/p" >&5
xl create -q /guest/config > /tmp/error 2>&1 || fail "xl create: $(tail -n 1 /tmp/error)"
echo "free $(free)" >&5
# It is gone when it has shut down.
while xl list guest > /tmp/state 2> /dev/null && ! tail -n 1 /tmp/state | grep -q -e '[0-9] *[-r][-b]-[-p]*s' -e c-; do sleep 0.1; done
case $(cat /guest/console) in
xen) xl dmesg | sed -n 's/^(XEN) *//; s/^(d[0-9]*) //p' ;;
*) cat /var/log/xen/guest-guest.log ;;
esac > /tmp/said
while IFS= read -r said || [ -n "$said" ]; do hand_on "$said"; done < /tmp/said
exec 4>&- 5>&-
poweroff -f
