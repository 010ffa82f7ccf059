# Personnes, appareils, codes d’enrôlement, administrateurs.

people-title = Personnes
people-lead = Toutes celles que l’annuaire a un jour inscrites.
people-search = Rechercher
people-search-placeholder = Nom, identifiant ou courriel
people-standing = Situation
people-everybody = Tout le monde
people-find = Rechercher
people-found-label = Personnes trouvées
people-found = { $n ->
    [0] Aucune personne
    [one] { $count } personne
   *[other] { $count } personnes
}
people-none-found = Personne ne correspond.
people-none-found-next = Essayez une partie du nom, de l’identifiant ou de l’adresse électronique.
people-show-everybody = Montrer tout le monde
people-none = Il n’y a encore personne.
people-none-next = Les personnes viennent de votre annuaire ou d’un fichier que vous importez.
page-earlier = Précédentes
page-later = Suivantes

column-name = Nom
column-login = Identifiant
column-mail = Courriel
column-standing = Situation
column-devices = Appareils
column-source = Origine
column-device = Appareil
column-state = État
column-enrolled = Enrôlé le
column-valid-until = Valable jusqu’au
column-action = Action
column-role = Rôle
column-last-sign-in = Dernière connexion

standing-provisioned = Non enrôlée
standing-provisioned-means = Peut enrôler un appareil.
standing-active = Active
standing-active-means = A au moins un appareil.
standing-suspended = A quitté l’annuaire
standing-suspended-means = Revient dès que l’annuaire l’inscrit de nouveau.
standing-locked = Suspendue
standing-locked-means = Suspendue par un administrateur ; aucune lecture de l’annuaire n’y change rien.
source-ldap = Annuaire « { $what } »
source-built-in = Fichier importé
source-scim = Provisionnement (SCIM)

person-title = Personne
person-about = Fiche
person-added = Connue depuis
person-code = Code d’enrôlement
person-code-waits = en attente d’emploi, jusqu’au { $what }
person-code-none = aucun en attente
person-devices = Appareils
person-no-device = Aucun appareil
person-no-device-next = Créez un code d’enrôlement et remettez-le en main propre.
device-active = Actif
device-revoked = Révoqué
done-suspended = La personne est suspendue. Tous ses appareils sont révoqués et leurs sessions fermées.
done-resumed = La suspension est levée. La personne doit s’enrôler de nouveau : créez un code d’enrôlement.
done-revoked = L’appareil est révoqué et ses sessions fermées. Les appareils des collègues en sont avertis.

reset = Réinitialiser l’identité
reset-title = Réinitialiser une identité
reset-ask = Mettre fin à l’identité de { $what } et permettre un nouvel appareil ?
reset-consequence-devices = { $n ->
    [0] La personne n’a pas d’appareil actif ; il est mis fin à sa clé d’identité tout de même, définitivement.
    [one] { $count } appareil est révoqué définitivement et sa session fermée aussitôt.
   *[other] { $count } appareils sont révoqués définitivement et leurs sessions fermées aussitôt.
}
reset-consequence-access = Vous recevez un code à usage unique pour un nouvel appareil. Qui le détient devient cette personne : assurez-vous de l’identité du demandeur.
reset-consequence-peers = Les collègues apprennent que l’organisation a réinitialisé cette identité, et quand. Ils comparent les numéros de sécurité, puis acceptent de poursuivre ; rien n’est envoyé d’ici là.
reset-consequence-data = Les messages qui n’étaient que sur des appareils perdus sont perdus ; le serveur n’en a aucun.
reset-consequence-back = Cela ne se défait pas, et reste inscrit dans le journal que chacun conserve.
reset-do = Mettre fin à cette identité
suspend = Suspendre
suspend-title = Suspendre une personne
suspend-ask = Suspendre { $what } ?
suspend-consequence-devices = { $n ->
    [0] La personne n’a pas d’appareil actif ; elle ne pourra plus en enrôler.
    [one] { $count } appareil est révoqué définitivement et sa session fermée aussitôt.
   *[other] { $count } appareils sont révoqués définitivement et leurs sessions fermées aussitôt.
}
suspend-consequence-peers = Les appareils des collègues en sont avertis et cessent d’échanger avec cette personne.
suspend-consequence-data = Les messages déjà présents sur les appareils y restent ; le serveur n’en a aucun à effacer.
suspend-consequence-back = La suspension peut être levée, mais la personne devra alors enrôler de nouveau chaque appareil.
suspend-do = Suspendre cette personne
resume = Lever la suspension
resume-title = Lever une suspension
resume-ask = Permettre à { $what } de participer de nouveau ?
resume-consequence-devices = La personne pourra de nouveau enrôler des appareils.
resume-consequence-access = Les appareils révoqués le restent ; chacun doit être enrôlé de nouveau, avec un code d’enrôlement.
resume-do = Lever la suspension
revoke = Révoquer
revoke-title = Révoquer un appareil
revoke-ask = Révoquer l’appareil { $what } ?
revoke-consequence-devices = Sa session est fermée aussitôt, et il ne peut pas revenir : un appareil révoqué le reste.
revoke-consequence-peers = Les appareils des collègues en sont avertis et cessent d’échanger avec lui.
revoke-consequence-data = Ce que l’appareil conserve y reste, chiffré sous la phrase secrète de son propriétaire.
revoke-consequence-back = La personne pourra enrôler un autre appareil avec un code d’enrôlement.
revoke-do = Révoquer cet appareil

code-make = Créer un code d’enrôlement
code-title = Code d’enrôlement
code-for = Code d’enrôlement pour { $what }
code-once = Affiché maintenant seulement.
code-once-next = Le serveur n’en garde aucune copie lisible. S’il est perdu, créez-en un autre ; celui-ci ne vaudra alors plus rien.
code-qr-label = Code QR du lien d’enrôlement
code-how = Comment s’en servir
code-how-give = Remettez-le en main propre ou par une voie sûre : le premier qui le détient s’enrôle au nom de cette personne.
code-how-enroll = Sur le nouvel appareil : « isoloir enroll » avec ce lien, ou scannez le code.
code-how-check = Vérifiez ensuite sur la fiche de la personne qu’un seul appareil a été ajouté.
code-link = Lien
code-expires = Sert une seule fois, jusqu’au { $what }.
code-done = Terminé

administrators-title = Administrateurs
administrators-lead = Qui peut se connecter ici. Ces comptes sont sans rapport avec les personnes de l’annuaire.
administrators-gone = Retirés
administrators-gone-lead = Ils ne peuvent plus rien. L’audit montre leurs noms jusqu’à ce qu’ils soient effacés.
column-removed = Retiré
administrators-you = vous
administrators-link-waits = Invité, lien pas encore employé
administrators-link-until = lien valable jusqu’au { $what }
invite-title = Inviter quelqu’un
invite-lead = Crée un lien à usage unique. Qui l’ouvre choisit un nom et un mot de passe, et enregistre une application d’authentification.
invite-do = Créer un lien
invitation-title = Invitation
invitation-link = Lien à usage unique
invitation-once-next = Remettez-le en main propre ou par une voie sûre : le premier qui l’ouvre obtient le compte.
remove = Supprimer
withdraw = Retirer
remove-title = Supprimer un administrateur
remove-ask = Supprimer le compte { $what } ?
remove-consequence-sessions = Ses sessions prennent fin aussitôt, et il n’est plus possible de s’y connecter.
remove-consequence-audit = Ce qu’il a fait reste dans le journal d’audit.
remove-consequence-back = Une invitation crée un nouveau compte ; celui-ci ne revient pas.
remove-do = Supprimer ce compte
withdraw-ask = Retirer cette invitation ?
withdraw-consequence = Le lien cesse aussitôt de fonctionner.
withdraw-do = Retirer le lien
done-removed = C’est fait. Le compte ou le lien n’existe plus.
done-assigned = C’est fait. Les rôles sont modifiés ; l’intéressé se reconnecte.
roles = Rôles
roles-title = Ce que quelqu’un peut faire
roles-legend = Rôles
roles-hint = Un rôle accompagné de groupes ne porte que sur les personnes de ces groupes ; séparez plusieurs groupes par des points-virgules.
roles-consequence = Les sessions ouvertes de ce compte se ferment, et la suivante aura ces rôles.
roles-do = Modifier les rôles
role-groups-everybody = tout le monde
role-groups-people = Personnes : seulement celles de ces groupes
role-groups-policy = Politique : seulement pour ces groupes
role-groups-auditor = Auditeur : seulement les personnes de ces groupes
role-groups-help-desk = Assistance : seulement les personnes de ces groupes

# Cartes d’enrôlement
cards-title = Cartes d’enrôlement
cards-lead = Des codes à usage unique pour tout un service, imprimés, une carte pour chaque personne qui n’a pas encore d’appareil.
cards-for = Pour qui
cards-everybody = Tout le monde
cards-option = { $name } ({ $count } sans code, { $made } avec un code)
cards-at-once = { $n ->
    [one] Une carte à la fois.
   *[other] { $count } cartes à la fois au plus ; les autres la fois suivante.
}
cards-replace = Aussi pour les personnes dont le code est encore valable ; ce code ne vaudra alors plus rien
cards-once = Les codes ne figurent que sur la page imprimée. Aucun écran ne les montre, et le serveur n’en garde aucune copie lisible.
cards-hand-over = Remettez chaque carte en main propre : le premier qui la détient s’enrôle au nom de cette personne.
cards-audited = Chaque code est inscrit au journal d’audit.
cards-make = Créer les cartes
cards-nobody = Aucune carte n’a été créée.
cards-nobody-next = Chacun y a déjà un appareil, ou un code encore valable.
cards-all-enrolled = Personne n’attend de carte.
cards-all-enrolled-next = Tous ceux qui peuvent participer ont déjà un appareil. Le code d’un autre appareil se crée sur la fiche de la personne.
cards-print-title = Cartes d’enrôlement à imprimer
cards-ready = { $n ->
    [one] Une carte est prête à être imprimée
   *[other] { $count } cartes sont prêtes à être imprimées
}
cards-print-now = Imprimez maintenant, avec ce bouton ou la commande d’impression de votre navigateur.
cards-print-now-next = Les codes n’apparaissent que sur le papier. Une fois cette page quittée, ils ne peuvent plus être montrés ; vous ne pourrez qu’en créer d’autres.
cards-print = Imprimer
cards-left = { $n ->
    [one] Une autre personne de ce choix attend : imprimez d’abord celles-ci, puis créez la carte suivante.
   *[other] { $count } autres personnes de ce choix attendent : imprimez d’abord celles-ci, puis créez les cartes suivantes.
}
cards-next = Créer les cartes suivantes
column-code-expires = Code valable jusqu’au
card-install = Installez Isoloir sur votre appareil.
card-enroll = Lancez « isoloir enroll » avec le lien ci-dessous, ou scannez le code.
card-alone = Ne donnez cette carte à personne, et détruisez-la ensuite.

# Des personnes depuis un fichier
import-title = Importer des personnes
import-lead = Des personnes depuis un fichier CSV, tel qu’un tableur l’enregistre. Tout est montré avant que rien ne soit fait.
import-file = Fichier
import-largest = CSV, UTF-8, { $count } Mio au plus.
import-look = L’examiner
import-form = À quoi ressemble le fichier
import-form-columns = La première ligne nomme les colonnes : login et name, et peut-être mail, id et groups, dans n’importe quel ordre, avec des virgules ou des points-virgules.
import-form-stays = Qui n’est pas dans le fichier reste tel quel : un import ajoute et modifie des personnes, et ne retire l’accès à personne.
import-done = Le fichier a été importé.
import-done-next = Les nouveaux venus ont besoin d’un code pour s’enrôler :
import-preview-title = Ce que l’import changerait
import-bad = { $n ->
    [one] Une ligne est inutilisable : rien ne peut encore être importé.
   *[other] { $count } lignes sont inutilisables : rien ne peut encore être importé.
}
import-bad-next = Corrigez le fichier et choisissez-le de nouveau.
import-good-lines = Les autres lignes
import-nothing = Rien à changer : toutes les personnes du fichier sont déjà connues telles qu’il le dit.
import-consequence = Exactement cela est fait, ou rien, si quelque chose a changé entre-temps.
import-other = Choisir un fichier
column-line = Ligne
import-fault-empty = Rien n’a été choisi, ou le fichier est vide. Choisissez un fichier.
import-fault-too-large = Le fichier est trop grand : { $count } Mio au plus. Retirez les colonnes inutiles, ou découpez-le en plusieurs fichiers.
import-fault-too-many = Le fichier compte plus de { $count } personnes. Découpez-le en plusieurs fichiers.
import-fault-columns = La première ligne doit nommer les colonnes login, name, et peut-être mail, id et groups ; « { $what } » manque, est inconnue ou figure deux fois.
import-line-fields = Elle a { $has } champs au lieu de { $expected }.
import-line-not-utf8 = Elle n’est pas en UTF-8. Enregistrez le fichier en « CSV UTF-8 ».
import-line-unusable = Ce champ est vide, trop long, ou contient des caractères interdits : { $what }.
import-line-repeated = Ce champ est le même qu’à la ligne { $line } : { $what }.
import-line-login-taken = Quelqu’un d’autre a déjà cet identifiant.

done-linked = C’est fait. Cet administrateur peut désormais se connecter par le fournisseur d’identité.
done-unlinked = C’est fait. Le compte n’est plus rattaché, et les sessions qui en venaient sont closes.
account = Connexion
account-title = Connexion par un fournisseur d’identité
account-lead = Pour { $what }. Le mot de passe et le second facteur restent valables.
account-link-title = Rattacher un compte
account-link-lead = Qui se connecte chez le fournisseur avec ce compte est ici cet administrateur. Le fournisseur décide alors seul de qui il s’agit, second facteur compris.
account-provider = Fournisseur d’identité
account-subject = Identifiant (sub)
account-subject-hint = Qui se connecte avec un compte non rattaché se voit montrer son identifiant. Faites-le-vous transmettre par une voie sûre.
account-link-do = Rattacher
account-back = Retour
account-unlink-title = Comptes rattachés
account-unlink-do = Retirer les rattachements

password-title = Changer le mot de passe
password-lead = Vos autres sessions prennent fin, ce que vous aviez soumis à une seconde personne est à redemander, et vos autres navigateurs ne sont plus reconnus. Votre application d’authentification reste la même. Si vous l’avez perdue, la personne qui exploite le serveur crée un nouveau lien avec « pro-server admin reset ».
password-current = Mot de passe actuel
password-next = Nouveau mot de passe
password-again = Nouveau mot de passe, encore une fois
password-change = Changer
password-wrong = Le mot de passe actuel ou le code est faux.
password-changed = Votre mot de passe est changé, et vos autres sessions ont pris fin.
sessions-title = Sessions
sessions-lead = Qui est connecté ici en ce moment.
sessions-idle = { $n ->
    [one] Une session restée inutilisée pendant { $count } minute prend fin.
   *[other] Une session restée inutilisée pendant { $count } minutes prend fin.
}
sessions-longest = { $n ->
    [one] Utilisée ou non, elle prend fin au bout de { $count } heure.
   *[other] Utilisée ou non, elle prend fin au bout de { $count } heures.
}
sessions-own = celle-ci
sessions-end = Terminer
sessions-ended = La session est terminée.
sessions-by-provider = par un fournisseur d’identité
column-session-opened = Depuis
column-session-used = Dernier emploi
approvals-title = Approbations
approvals-lead-two = Les actes sensibles exigent deux personnes. Qui demande ne peut pas approuver.
approvals-lead-one = Les actes sensibles n’exigent qu’une personne.
approvals-none = Rien n’attend, et rien n’a encore été décidé.
approvals-done-approved = C’est fait, comme deux personnes l’ont voulu.
approvals-done-opened = Approuvé. Qui l’a demandé peut le faire maintenant, une fois, dans l’heure.
approvals-done-refused = Refusé. Rien n’a été fait.
approvals-done-two = Désormais, les actes sensibles exigent deux personnes.
approvals-done-one = Désormais, les actes sensibles n’exigent qu’une personne.
column-request = Demande
column-act = Objet
column-asker = Demandé par
column-decider = Décidé par
quorum-title = Deux personnes pour les actes sensibles
quorum-two = Exiger deux personnes
quorum-two-ask = Exiger deux personnes pour les actes sensibles ?
quorum-two-consequence = Une nouvelle identité pour quelqu’un, un retrait d’accès à beaucoup de personnes, les administrateurs et leurs rôles, une politique plus permissive et l’effacement d’un nom du journal d’audit attendront alors un autre administrateur.
quorum-two-consequence-more = Revenir en arrière exige aussi deux personnes, et deux propriétaires doivent toujours pouvoir se connecter.
quorum-two-do = Exiger deux personnes
quorum-one = N’exiger qu’une personne
quorum-one-ask = Laisser de nouveau une seule personne faire les actes sensibles ?
quorum-one-consequence = Cela même exige une seconde personne.
quorum-one-consequence-more = Ensuite, un propriétaire seul pourra faire entrer n’importe qui, assouplir la politique et effacer des noms.
quorum-one-do = Le demander
approval-number = Demande { $count }
approval-asked = Rien n’a encore été fait : ceci attend une seconde personne
approval-asked-next = Un autre administrateur qui en a le droit la trouve dans Approbations, pendant un jour.
approval-what = Ce qui sera fait exactement
approval-until = Décision possible jusqu’au
approval-digest = Empreinte de l’acte
approval-own = Vous l’avez demandé. Quelqu’un d’autre doit approuver ; vous pouvez le retirer.
approval-decide = N’approuvez que si vous savez pourquoi c’est demandé, de préférence par l’auteur lui-même. L’exécution est immédiate.
approval-approve = Approuver et exécuter
approval-refuse = Refuser
approval-withdraw = Retirer
approval-waiting = attend une seconde personne
approval-expired = expirée
approval-interrupted = approuvée, puis interrompue ; à redemander
approval-done = exécutée
approval-refused = refusée
approval-stale = ne convenait plus, non exécutée
approval-open = approuvée ; à faire maintenant par qui l’a demandée
act-code = Code d’enrôlement pour une personne qui a déjà eu un appareil
act-reset-identity = Fin de l’identité d’une personne, avec un code pour un nouvel appareil
act-suspend = Suspendre une personne de plus
act-remove = Retirer définitivement une personne de plus
act-revoke = Révoquer un appareil de plus
act-run = Lecture de l’annuaire retenue par le frein
act-release-brake = Desserrer le frein des personnes poussées
act-add-administrator = Nouvel administrateur
act-assign-roles = Autres rôles pour un administrateur
act-reset-administrator = Nouveaux mot de passe et second facteur pour un administrateur
act-remove-administrator = Suppression d’un administrateur
act-link-administrator = Compte d’un administrateur chez un fournisseur d’identité
act-policy = Politique plus permissive
act-erase = Effacer un nom du journal d’audit
act-erase-person = Effacer une personne partout
act-erase-administrator = Effacement d’un administrateur supprimé
act-quorum-off = Une seule personne pour les actes sensibles
act-rotate-directory-key = Une autre clé d’annuaire
act-export-person = Extraire tout ce qui est conservé sur une personne
act-add-integration = Jeton pour un programme qui modifie
act-forgotten = Un acte sur une personne effacée depuis
act-detail-person = Personne
act-detail-device = Appareil
act-detail-source = Source
act-detail-plan = Plan
act-detail-loses-access = Perdent l’accès
act-detail-loses-groups = Perdent des groupes
act-detail-joins = Sont ajoutées
act-detail-changes = Sont modifiées
act-detail-leaver = Perd l’accès
act-detail-leavers-more = Et encore
act-detail-administrator = Administrateur
act-detail-roles = Rôles
act-detail-provider = Fournisseur d’identité
act-detail-account = Compte chez lui
act-detail-version = À partir de la version
act-detail-setting = Réglage
approval-rule-value = { $rule } : { $before } → { $after }
approval-rule-unset = non défini
approval-rule-lock = { $what } : verrouillé, les portées plus étroites ne peuvent que durcir
approval-rule-unlock = { $what } : déverrouillé, les portées plus étroites peuvent assouplir
approval-rule-at = { $scope } · { $told }
act-detail-program = Programme
act-detail-scope = Peut
act-detail-key = Nouvelle clé
act-detail-days = Jours
